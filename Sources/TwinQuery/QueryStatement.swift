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
    private let columns: [Column]
    private let condition: Expression?
    private let groupPaths: [QueryPath]

    /// Reads a query.
    /// - Throws: `QueryError` with the place of the first fault.
    public init(parsing text: String, mode: QueryMode = .strict) throws(QueryError) {
        var parser = try Parser(text, mode: mode, ending: .query)
        let parsed = try parser.query()
        self.text = text
        source = parsed.source
        selection = parsed.selection
        limit = parsed.limit
        columns = parsed.columns
        condition = parsed.condition
        groupPaths = parsed.groupPaths
    }

    /// Whether a row is kept: without WHERE always, else only when the condition is exactly true.
    public func matches(_ row: some QueryRow) -> Bool { condition.map { $0.truth(in: row) == .yes } ?? true }

    /// What a kept row becomes, with the selection `projection`: an object with one member per selected value, without
    /// those that the row does not have.
    public func project(_ row: some QueryRow) -> JSON {
        var members = JSONObject()
        for column in columns {
            if case .path(let path) = column.content { members[column.name] = row.value(at: path) }
        }
        return .object(members)
    }

    /// An empty accumulator, for the selection `groups`.
    public func makeGrouping() -> QueryGrouping { QueryGrouping(columns: columns, paths: groupPaths) }
}
