import FleetReport
import FleetRunner
import Foundation

/// How a run tells its progress: on one screen of a terminal, in plain lines elsewhere, or only what must be known.
struct RunDisplay: Sendable {
    private enum Kind: Sendable {
        case view(LiveView)
        case lines(LiveProgress)
    }

    private let kind: Kind

    /// Makes the display that fits to standard output.
    /// - Parameters:
    ///   - quiet: whether only notes are wanted.
    ///   - links: addresses that belong to the run, such as its page's, by name.
    init(quiet: Bool, links: [(name: String, address: String)] = []) {
        let print: @Sendable (String) -> Void = { StandardOutput.write($0) }
        if !quiet, Terminal.canBeRewritten {
            kind = .view(LiveView(style: Terminal.style, links: links, size: { Terminal.size }, print: print))
        } else {
            kind = .lines(LiveProgress(mode: quiet ? .quiet : .plain, style: Terminal.style, print: print))
        }
    }

    /// Takes what the run tells.
    func observe(_ progress: RunProgress) {
        switch kind {
        case .view(let view): view.observe(progress)
        case .lines(let lines): lines.observe(progress)
        }
    }

    /// Tells the user something that is not the run's, such as that Ctrl-C was heard.
    func tell(_ line: String) {
        switch kind {
        case .view(let view): view.observe(.note(line))
        case .lines: complain(line)
        }
    }

    /// Gives the terminal back whenever the program is stopped, for as long as what is returned lives.
    func givesWay() -> StopSignals? {
        guard case .view(let view) = kind else { return nil }
        return StopSignals { view.leave() }
    }

    /// Gives the terminal back; a second call does nothing.
    func finish() {
        if case .view(let view) = kind { view.finish() }
    }

    /// Gives the terminal back and says why, without waiting for one that nobody reads.
    func abandon(_ words: String) {
        var (text, file) = ("twinfleet: \(words)\n", STDERR_FILENO)
        if case .view = kind { (text, file) = (LiveView.restoring + text, STDOUT_FILENO) }
        var state = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        guard poll(&state, 1, 100) > 0, state.revents & Int16(POLLOUT) != 0 else { return }
        text.withUTF8 { _ = write(file, $0.baseAddress, $0.count) }
    }
}
