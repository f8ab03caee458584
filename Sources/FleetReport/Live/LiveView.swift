public import FleetRunner
import NIOConcurrencyHelpers

/// Shows a run on one screen of a terminal, refreshed in place; the screen that was there before comes back at the end.
public final class LiveView: Sendable {
    /// A terminal's size in characters.
    public struct Size: Sendable, Hashable {
        /// Characters in a line.
        public var columns: Int
        /// Lines.
        public var rows: Int

        /// Creates a size.
        public init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    private struct State {
        var model = LiveModel()
        var lastDrawn: ContinuousClock.Instant?
        var lastSize: Size?
        var isOpen = false
        var isFinished = false
    }

    /// Between two drawings.
    private static let interval: Duration = .milliseconds(200)

    private let style: Style
    private let links: [(name: String, address: String)]
    private let size: @Sendable () -> Size
    private let now: @Sendable () -> ContinuousClock.Instant
    private let print: @Sendable (String) -> Void
    private let state = NIOLockedValueBox(State())

    /// Makes a view; nothing is shown before the run tells something.
    /// - Parameters:
    ///   - style: whether to use colours.
    ///   - links: addresses to show under the run's figures, by name.
    ///   - size: asked at each drawing, so that a terminal can change its size.
    ///   - now: the clock.
    ///   - print: writes text as it is, all at once.
    public init(
        style: Style,
        links: [(name: String, address: String)] = [],
        size: @escaping @Sendable () -> Size,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        print: @escaping @Sendable (String) -> Void
    ) {
        self.style = style
        self.links = links
        self.size = size
        self.now = now
        self.print = print
    }

    /// Takes what a run tells.
    public func observe(_ progress: RunProgress) {
        state.withLockedValue { state in
            guard !state.isFinished else { return }
            state.model.take(progress)
            if isDue(progress, state) { draw(&state) }
        }
    }

    /// Brings back the screen that was there before, and prints the notes of the run on it; a second call does nothing.
    public func finish() {
        state.withLockedValue { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            var text = state.isOpen ? "\u{1B}[?25h\u{1B}[?1049l" : ""
            for note in state.model.notes { text += "\(style.apply(.doubtful, to: "note"))  \(note)\n" }
            if !text.isEmpty { print(text) }
        }
    }

    /// What a person would miss is drawn at once; the rest a few times a second.
    private func isDue(_ progress: RunProgress, _ state: State) -> Bool {
        switch progress {
        case .phaseStarted, .phaseFinished, .note: return true
        case .phaseProgress, .second, .queries, .snapshot:
            guard let last = state.lastDrawn else { return true }
            return now() - last >= Self.interval
        }
    }

    /// Drawn within the lock, so that drawings never mix.
    private func draw(_ state: inout State) {
        let size = size()
        let screen = LiveScreen(model: state.model, links: links, columns: size.columns)
        let lines = screen.lines(rows: size.rows).map { $0.text(width: size.columns, style: style) }
        var text = ""
        if !state.isOpen { text += "\u{1B}[?1049h\u{1B}[?25l" }
        // Terminals that know it show nothing until the drawing is whole.
        text += "\u{1B}[?2026h"
        // After a change of size, old lines may stand anywhere.
        text += state.lastSize == size ? "\u{1B}[H" : "\u{1B}[2J\u{1B}[H"
        text += lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J\u{1B}[?2026l"
        state.isOpen = true
        state.lastDrawn = now()
        state.lastSize = size
        print(text)
    }
}
