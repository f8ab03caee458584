public import IoTHub

/// A whole query, read and checked.
public struct QueryStatement: Sendable, Hashable {
    /// What becomes of the rows that are kept.
    public enum Selection: Sendable, Hashable {
        /// `SELECT *`: they come as they are.
        case all
        /// Some of their values.
        case projection
        /// Aggregates over all of them, or over groups.
        case groups
    }

    /// The text as given.
    public let text: String
    /// What is selected from.
    public let source: QuerySource
    /// What becomes of the rows.
    public let selection: Selection
    /// The most rows of the result (`TOP`); nil for all.
    public let limit: Int?

    /// Reads a query.
    /// - Throws: `QueryError` with the place of the first fault.
    public init(parsing text: String, mode: QueryMode = .strict) throws(QueryError) {
        self.text = text
        source = .devices
        selection = .all
        limit = nil
        throw QueryError(line: 1, column: 1, found: "a query", expected: "a parser")
    }

    /// Whether a row is kept.
    public func matches(_ row: some QueryRow) -> Bool { false }

    /// What a kept row becomes, with the selection `projection`.
    public func project(_ row: some QueryRow) -> JSON { .null }

    /// An empty accumulator, for the selection `groups`.
    public func makeGrouping() -> QueryGrouping { QueryGrouping() }
}

/// Takes in kept rows and gives the rows of the result.
public struct QueryGrouping: Sendable {
    /// Takes a kept row in.
    public mutating func add(_ row: some QueryRow) {}

    /// The rows of the result: one without GROUP BY, else one per group in the order in which they appeared.
    public var rows: [JSON] { [] }
}
