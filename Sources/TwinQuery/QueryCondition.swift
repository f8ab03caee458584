/// The WHERE part of a query by itself, as jobs and fleet files have it.
public struct QueryCondition: Sendable, Hashable {
    /// A path that the condition reads, and where it stands in the text.
    public struct Reference: Sendable, Hashable {
        /// The path.
        public var path: QueryPath
        /// The line, from 1.
        public var line: Int
        /// The column in characters, from 1.
        public var column: Int
    }

    /// The text as given.
    public let text: String
    /// Every path that the condition reads, in the order of the text.
    public let references: [Reference]

    /// Reads a condition.
    /// - Throws: `QueryError` with the place of the first fault.
    public init(parsing text: String, mode: QueryMode = .strict) throws(QueryError) {
        self.text = text
        references = []
        throw QueryError(line: 1, column: 1, found: "a condition", expected: "a parser")
    }

    /// Whether a row is kept: only when the condition is exactly true.
    public func matches(_ row: some QueryRow) -> Bool { false }
}
