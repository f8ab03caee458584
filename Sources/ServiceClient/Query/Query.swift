public import IoTHub
import NIOConcurrencyHelpers

/// A query over a hub's twins, read page by page.
///
/// ```swift
/// let query = manager.createQuery("SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'", pageSize: 100)
/// while query.hasMoreResults {
///     for twin in try await query.nextAsTwin() { print(twin.deviceID) }
/// }
/// ```
///
/// Its ``twins`` and ``rows`` are the same loop without the pages. One page is fetched at a time; a call that fails or is
/// cancelled leaves the query where it was. A real hub's answers lag behind its twins by seconds, at times by minutes.
///
/// Source: Azure IoT Hub documentation, "IoT Hub query language"; `IQuery` of Microsoft's .NET service SDK.
public final class Query: Sendable {
    private struct State {
        var hasStarted = false
        var isFetching = false
        var continuationToken: String?
    }

    /// The query's text.
    public let sql: String

    private let manager: RegistryManager
    private let pageSize: Int?
    private let state = NIOLockedValueBox(State())

    init(_ sql: String, pageSize: Int?, manager: RegistryManager) {
        self.sql = sql
        self.pageSize = pageSize
        self.manager = manager
    }

    /// Whether there may be another page: true before the first one and as long as the hub has named a next one.
    public var hasMoreResults: Bool {
        state.withLockedValue { !$0.hasStarted || $0.continuationToken != nil }
    }

    /// The next page's twins, for `SELECT *`.
    ///
    /// - Parameter continuationToken: Where to go on, as an earlier page of the same query text has it, from whichever
    ///   `Query`; `nil`: after the page before.
    /// - Returns: The page; an empty one after the last.
    /// - Throws: ``ServiceClientError``, with the code `ArgumentInvalid` for a query that the hub does not understand, and
    ///   `invalidArgument` when the rows are not twins.
    public func nextAsTwin(continuationToken: String? = nil) async throws -> QueryResponse<Twin> {
        try await next(continuationToken) { [sql] page in
            if let type = page.itemType, type.lowercased() != "twin" {
                throw ServiceClientError(
                    reason: .invalidArgument,
                    operation: "POST /devices/query",
                    message: "the rows of \"\(sql.prefix(200))\" are not twins (the hub calls them \(type)); "
                        + "read them as JSON, or select * from devices"
                )
            }
            return try page.rows.map { try Twin(json: $0) }
        }
    }

    /// The next page's rows as they are, for any query.
    ///
    /// - Parameter continuationToken: Where to go on, as an earlier page of the same query text has it, from whichever
    ///   `Query`; `nil`: after the page before.
    /// - Returns: The page; an empty one after the last.
    /// - Throws: ``ServiceClientError``, with the code `ArgumentInvalid` for a query that the hub does not understand.
    public func nextAsJSON(continuationToken: String? = nil) async throws -> QueryResponse<JSON> {
        try await next(continuationToken, \.rows)
    }

    /// Takes the place of the only fetch, and moves on once the page is read and understood.
    private func next<Row>(
        _ token: String?,
        _ read: (QueryPage) throws -> [Row]
    ) async throws -> QueryResponse<Row> {
        let (isBusy, start) = state.withLockedValue { state in
            defer { state.isFetching = true }
            return (state.isFetching, state)
        }
        let check = WriteCheck(operation: "POST /devices/query")
        guard !isBusy else {
            throw check.refuse("this query is fetching a page already; wait for it, or create another query")
        }
        defer { state.withLockedValue { $0.isFetching = false } }
        let from = token ?? start.continuationToken
        // As in Microsoft's SDK: behind the last page come empty ones, not the first one again.
        if start.hasStarted, from == nil { return QueryResponse(rows: []) }
        let page = try await manager.page(of: sql, size: pageSize, continuationToken: from)
        let rows: [Row]
        do {
            rows = try read(page)
        } catch let error as ServiceClientError {
            throw error
        } catch {
            throw ServiceClientError(
                reason: .unreadableAnswer,
                operation: check.operation,
                message: "a row is not what the API promises: \(error)"
            )
        }
        state.withLockedValue {
            $0.hasStarted = true
            $0.continuationToken = page.continuationToken
        }
        return QueryResponse(rows: rows, continuationToken: page.continuationToken)
    }
}

extension RegistryManager {
    /// Creates a query; nothing is sent before its first page is asked for.
    ///
    /// - Parameters:
    ///   - sql: The query, such as `SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'`.
    ///   - pageSize: Rows in a page, 1 or more; the hub lowers what is too much for it. `nil`: as the hub likes.
    /// - Returns: The query.
    public func createQuery(_ sql: String, pageSize: Int? = nil) -> Query {
        Query(sql, pageSize: pageSize, manager: self)
    }
}
