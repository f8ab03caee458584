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

    /// Whether it is a terminal on which text can be written over.
    static var canBeRewritten: Bool { isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// The terminal's columns; nil where there is none.
    static var columns: Int? { Screen.current?.columns }

    /// The terminal's size now.
    static var size: LiveView.Size {
        let screen = Screen.current ?? Screen(rows: 24, columns: 80)
        return LiveView.Size(columns: screen.columns, rows: screen.rows)
    }
}
