import FleetReport
import IoTHub
import ServiceClient

/// Reads a query's rows page by page.
struct QueryPages {
    /// Most rows that a hub gives at a time.
    ///
    /// Source: Azure IoT Hub documentation, "IoT Hub query language for device and module twins".
    static let largestPage = 100

    private let sql: String
    private let limit: Int
    private let pageSize: Int

    /// - Parameters:
    ///   - sql: the query.
    ///   - limit: most rows to read; nil for all.
    ///   - pageSize: rows to ask for at a time, at least 1.
    init(_ sql: String, limit: Int? = nil, pageSize: Int = QueryPages.largestPage) {
        self.sql = sql
        self.limit = limit ?? .max
        // Rows beyond the limit would only be fetched to be thrown away.
        self.pageSize = min(pageSize, self.limit)
    }

    /// Gives the rows to `take`, a page at a time.
    /// - Throws: `CommandError`, with the place of the fault in a bad query; what `take` throws.
    func read(_ backEnd: BackEnd, progress: Progress? = nil, _ take: ([JSON]) throws -> Void) async throws {
        let query = backEnd.manager.createQuery(sql, pageSize: pageSize)
        let asked = Asked(what: "query", needs: .serviceConnect)
        var count = 0
        while query.hasMoreResults, count < limit {
            let page = try await backEnd.ask(asked) {
                do {
                    return try await query.nextAsJSON()
                } catch let error as ServiceClientError where error.reason == .refused && error.status == 400 {
                    throw CommandError(.refused, QueryFault.explain(error, of: sql))
                }
            }
            let rows = Array(page.rows.prefix(limit - count))
            count += rows.count
            try take(rows)
            progress?.update("\(Format.count(count, "row")) so far")
        }
    }
}
