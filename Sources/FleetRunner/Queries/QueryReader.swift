import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Reads all pages of queries from the hub, those of all its queries at one pace.
struct QueryReader: Sendable {
    private let manager: RegistryManager
    private let pageSize: Int
    /// Between the pages that the hub's tier permits, in microseconds; nil for no limit.
    private let interval: Int64?
    /// When the next page may be asked for.
    private let nextPage = NIOLockedValueBox<Int64>(0)

    /// Makes a reader.
    /// - Parameters:
    ///   - manager: the hub.
    ///   - pageSize: rows in a page.
    ///   - pagesPerSecond: pages that the hub's tier permits; nil for no limit.
    init(manager: RegistryManager, pageSize: Int, pagesPerSecond: Double?) {
        self.manager = manager
        self.pageSize = pageSize
        interval = pagesPerSecond.flatMap { $0 > 0 ? pacedStart(of: 1, perSecond: $0) : nil }
    }

    private func waitForTurn() async throws {
        guard let interval else { return }
        let turn = nextPage.withLockedValue { next in
            let turn = max(next, RunClock.now())
            next = turn + interval
            return turn
        }
        try await RunClock.sleep(until: turn)
    }

    /// Reads the ids of all devices that a query returns.
    func read(_ statement: String) async throws(QueryCheck.Failure) -> QueryAnswer {
        var answer = QueryAnswer()
        do {
            let query = manager.createQuery(statement, pageSize: pageSize)
            while query.hasMoreResults {
                try await waitForTurn()
                let page = try await query.nextAsTwin()
                answer.pages += 1
                answer.deviceIDs += page.rows.map(\.deviceID)
            }
            return answer
        } catch let error as ServiceClientError {
            throw QueryCheck.Failure(
                words: "\(error)",
                summary: error.withoutTheHubsWords,
                isFinal: error.isFinalForQuery
            )
        } catch {
            throw QueryCheck.Failure(words: "\(error)", summary: "\(type(of: error))", isFinal: true)
        }
    }
}

extension ServiceClientError {
    /// What failed, without text that may quote the query.
    fileprivate var withoutTheHubsWords: String {
        switch reason {
        case .refused: shortReason
        case .untrustedCertificate, .unreachable, .timedOut, .connectionLost, .closed, .noToken: message
        case .unreadableAnswer: "the hub's answer cannot be read"
        case .invalidArgument: "the query or its answer is not what was expected"
        }
    }

    /// Whether a query that failed like this will go on failing: what throttles or breaks down may come back.
    fileprivate var isFinalForQuery: Bool {
        switch reason {
        case .refused: status < 500 && status != 429
        case .untrustedCertificate, .invalidArgument, .closed, .unreadableAnswer, .noToken: true
        case .unreachable, .timedOut, .connectionLost: false
        }
    }
}
