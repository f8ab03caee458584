import FleetReport
import Foundation
import IoTHub

/// Standard output for a command's results: lines, gathered into few writes, through a pager when they are too many.
///
/// A reader that has gone away (`| head`) is no fault: the command ends as other programs do, by SIGPIPE. The pager is
/// only for terminals; until it is known that the lines do not fit the screen they are held back.
final class Output {
    private enum Route {
        case straight
        /// Lines so far, counted as the screen would show them.
        case held(lines: Int)
        case pager(Pager)
    }

    /// The terminal's size; nil when standard output is none.
    let screen: Screen?
    private let pagerCommand: String?
    /// Shares the terminal, so it must make room before anything is written there.
    private let progress: Progress?
    private var route: Route
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - screen: the terminal's size; nil when standard output is none.
    ///   - pager: the pager's command line; nil for none.
    ///   - progress: the progress line that shares the terminal.
    init(screen: Screen?, pager: String?, progress: Progress? = nil) {
        self.screen = screen
        self.progress = progress
        pagerCommand = pager
        route = screen != nil && pager != nil ? .held(lines: 0) : .straight
    }

    /// Writes a line, or several with line feeds between them.
    /// - Throws: `CommandError` when standard output takes no more; `PagerClosed` when the user has left the pager.
    func line(_ text: String) throws { try self.text(text + "\n") }

    /// Writes a piece of text as it is.
    /// - Throws: as ``line(_:)``.
    func text(_ text: String) throws {
        buffer += text.utf8
        if case .held(let lines) = route, let screen {
            let more = lines + screen.lines(for: text) - 1
            route = .held(lines: more)
            // One line of the screen is the prompt's.
            if more >= screen.rows { try startPager() }
        } else if buffer.count >= 65_536 {
            try flush()
        }
    }

    /// Writes a value as JSON with a line per member.
    func json(_ value: JSON) throws { try line(value.readableText) }

    /// Hands over what has been gathered, so that people see it before more is fetched.
    func flush() throws {
        guard !buffer.isEmpty else { return }
        switch route {
        case .held: return
        case .straight:
            if screen != nil { progress?.hide() }
            try Descriptor.write(buffer, to: STDOUT_FILENO)
        case .pager(let pager): try pager.write(buffer)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the rest, and waits until the user leaves the pager.
    func finish() throws {
        if case .held = route { route = .straight }
        try flush()
        close()
    }

    /// Waits for the pager, if there is one.
    func close() {
        if case .pager(let pager) = route { pager.wait() }
        route = .straight
    }

    private func startPager() throws {
        guard let pagerCommand, let pager = Pager(pagerCommand) else {
            route = .straight
            return
        }
        progress?.stop()
        route = .pager(pager)
        try flush()
    }
}
