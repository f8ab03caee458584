/// Why a finished run cannot be read back: which file, where in it, what was found, what was expected.
public struct RunReadingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, or the folder that is none of a run.
    public var file: String
    /// The line, from 1; nil where it is not a line that is wrong.
    public var line: Int?
    /// What was found, and what was expected, with "; " between.
    public var message: String

    init(file: String, line: Int? = nil, found: String, expected: String) {
        self.file = file
        self.line = line
        message = "found \(found); expected \(expected)"
    }

    /// The file, the line, and what is wrong.
    public var description: String { "\(file):\(line.map { "\($0):" } ?? "") \(message)" }

    /// A text from a file as a message shows it: short, on one line.
    static func quoted(_ text: some StringProtocol) -> String {
        let short = text.prefix(60).map { character in
            character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? "\u{FFFD}" : character
        }
        return "'\(String(short))\(text.count > 60 ? "…" : "")'"
    }
}
