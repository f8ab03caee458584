/// The WHERE part of a query by itself, as jobs and fleet files have it.
///
/// It is about the twins of devices or modules.
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
    private let condition: Expression

    /// Reads a condition.
    /// - Throws: `QueryError` with the place of the first fault.
    public init(parsing text: String, mode: QueryMode = .strict) throws(QueryError) {
        var parser = try Parser(text, mode: mode, ending: .condition)
        condition = try parser.wholeCondition()
        self.text = text
        references = parser.references
    }

    /// Whether a row is kept: only when the condition is exactly true.
    public func matches(_ row: some QueryRow) -> Bool { condition.truth(in: row) == .yes }
}
