/// A text that is not the JSON that was expected, and where it goes wrong.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line of the fault, from 1.
    public var line: Int
    /// The column of the fault in bytes, from 1; 0 when the fault lies before the first character.
    public var column: Int
    /// What is wrong.
    public var message: String

    /// Makes an error.
    public init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// The fault with its place, as one line.
    public var description: String { "line \(line), column \(column): \(message)" }
}
