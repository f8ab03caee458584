import FleetReport
import Foundation

/// What standard output can show.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colours where they can be shown and are wanted.
    static var style: Style {
        Style(isTerminal: isTerminal, environment: ProcessInfo.processInfo.environment)
    }

    /// A line rewritten in place on a terminal, plain lines elsewhere.
    static func progressMode(quiet: Bool) -> LiveProgress.Mode {
        if quiet { return .quiet }
        guard isTerminal, ProcessInfo.processInfo.environment["TERM"] != "dumb" else { return .plain }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return .terminal(columns: isKnown ? Int(size.ws_col) : 100)
    }
}
