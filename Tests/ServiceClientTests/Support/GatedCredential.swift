import NIOConcurrencyHelpers

@testable import ServiceClient

/// A credential whose answers the test gives, one by one.
final class GatedCredential: TokenCredential {
    private struct State {
        var waiting: [Int: CheckedContinuation<AccessToken, any Error>] = [:]
        var requests = 0
        var cancellations = 0
    }

    private let state = NIOLockedValueBox(State())
    private let arrivals: AsyncStream<Int>
    private let arrived: AsyncStream<Int>.Continuation

    init() { (arrivals, arrived) = AsyncStream.makeStream() }

    /// How many tokens were asked for.
    var requests: Int { state.withLockedValue { $0.requests } }

    /// How many requests were given up.
    var cancellations: Int { state.withLockedValue { $0.cancellations } }

    func getToken(scope: String) async throws -> AccessToken {
        let id = state.withLockedValue { state in
            state.requests += 1
            return state.requests
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLockedValue { $0.waiting[id] = continuation }
                if Task.isCancelled { cancel(id) }
                arrived.yield(id)
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Waits for the next request that is not yet answered.
    func nextRequest() async -> Int? {
        var iterator = arrivals.makeAsyncIterator()
        return await iterator.next()
    }

    /// Answers a request.
    func answer(_ request: Int?, with result: Result<AccessToken, any Error>) {
        let waiting = state.withLockedValue { state in request.flatMap { state.waiting.removeValue(forKey: $0) } }
        waiting?.resume(with: result)
    }

    private func cancel(_ id: Int) {
        let waiting = state.withLockedValue { state -> CheckedContinuation<AccessToken, any Error>? in
            let waiting = state.waiting.removeValue(forKey: id)
            if waiting != nil { state.cancellations += 1 }
            return waiting
        }
        waiting?.resume(throwing: CancellationError())
    }
}
