import IoTHub
import ServiceClient

/// Reads all pages of a query from the hub.
struct QueryReader: Sendable {
    let manager: RegistryManager
    let pageSize: Int
    /// Pages per second that the hub's tier permits; nil for no limit.
    let pagesPerSecond: Double?

    /// Reads the ids of all devices that a query returns.
    func read(_ statement: String) async throws(QueryCheck.Failure) -> QueryAnswer {
        var answer = QueryAnswer()
        do {
            let query = manager.createQuery(statement, pageSize: pageSize)
            let start = RunClock.now()
            while query.hasMoreResults {
                if let pagesPerSecond, answer.pages > 0 {
                    let due = Double(answer.pages) / pagesPerSecond * 1_000_000
                    try await RunClock.sleep(until: start + Int64(due))
                }
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
