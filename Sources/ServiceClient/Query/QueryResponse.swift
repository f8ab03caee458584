/// One page of a query's rows, in the hub's order.
public struct QueryResponse<Row: Sendable>: Sendable {
    /// The rows.
    public var rows: [Row]
    /// What to ask the next page with; `nil` when this is the last page.
    public var continuationToken: String?

    /// Creates a page.
    public init(rows: [Row], continuationToken: String? = nil) {
        self.rows = rows
        self.continuationToken = continuationToken
    }
}

extension QueryResponse: RandomAccessCollection {
    /// The position of the first row.
    public var startIndex: Int { rows.startIndex }
    /// The position after the last row.
    public var endIndex: Int { rows.endIndex }
    /// The row at a position.
    public subscript(position: Int) -> Row { rows[position] }
}
