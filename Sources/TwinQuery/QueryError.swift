/// Why a text is no query, and where.
public struct QueryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line of the fault, from 1.
    public var line: Int
    /// The column of the fault in characters (Unicode code points), from 1.
    public var column: Int
    /// What stands there, in words.
    public var found: String
    /// What should stand there, in words; with a suggestion where there is one.
    public var expected: String

    /// Makes an error.
    public init(line: Int, column: Int, found: String, expected: String) {
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected
    }

    /// Place, found and expected, as one line.
    public var description: String { "line \(line), column \(column): found \(found); expected \(expected)" }
}
