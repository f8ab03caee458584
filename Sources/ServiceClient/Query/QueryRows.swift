public import IoTHub

/// All rows of a query that have not been read yet, page after page.
///
/// ```swift
/// for try await twin in manager.createQuery("SELECT * FROM devices").twins { print(twin.deviceID) }
/// ```
public struct QueryRows<Row: Sendable>: AsyncSequence, Sendable {
    let query: Query
    let next: @Sendable () async throws -> QueryResponse<Row>

    /// Reads the rows; a page is fetched when the one before is used up.
    public struct Iterator: AsyncIteratorProtocol {
        let query: Query
        let next: @Sendable () async throws -> QueryResponse<Row>
        var page: ArraySlice<Row> = []

        /// The next row; `nil` after the last.
        public mutating func next() async throws -> Row? {
            // A page may be empty while others follow.
            while page.isEmpty, query.hasMoreResults { page = try await next().rows[...] }
            return page.popFirst()
        }
    }

    /// An iterator over the rows from here on.
    public func makeAsyncIterator() -> Iterator { Iterator(query: query, next: next) }
}

extension Query {
    /// All twins from here on, for `SELECT *`; errors are those of ``nextAsTwin(continuationToken:)``.
    public var twins: QueryRows<Twin> { QueryRows(query: self) { try await self.nextAsTwin() } }

    /// All rows from here on, for any query; errors are those of ``nextAsJSON(continuationToken:)``.
    public var rows: QueryRows<JSON> { QueryRows(query: self) { try await self.nextAsJSON() } }
}
