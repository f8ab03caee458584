import Foundation

/// A terminal's size in characters.
struct Screen: Sendable, Equatable {
    var rows: Int
    var columns: Int

    /// The screen behind standard output; nil when that is no terminal.
    static var current: Screen? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        return isKnown ? Screen(rows: Int(size.ws_row), columns: Int(size.ws_col)) : Screen(rows: 24, columns: 80)
    }

    /// The screen's lines that a text takes; one that is too long goes on in the next.
    func lines(for text: String) -> Int {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .reduce(0) { $0 + max(1, ($1.count + columns - 1) / columns) }
    }
}
