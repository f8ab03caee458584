import NIOConcurrencyHelpers

/// Lets one piece of work come after the other, in the order in which they were asked for.
final class Turns: Sendable {
    private let last = NIOLockedValueBox<Task<Void, Never>?>(nil)

    /// Does the work when all before it is done.
    /// - Parameter body: is cancelled with the task that asks for it.
    /// - Returns: what the body returns.
    /// - Throws: what the body throws.
    func take<Success: Sendable>(_ body: @escaping @Sendable () async throws -> Success) async throws -> Success {
        let work = last.withLockedValue { last in
            let before = last
            let work = Task {
                await before?.value
                return try await body()
            }
            last = Task { _ = await work.result }
            return work
        }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }

    /// The same for work that does not fail; it is not cancelled.
    func take(_ body: @escaping @Sendable () async -> Void) async {
        let work = last.withLockedValue { last in
            let before = last
            let work = Task {
                await before?.value
                await body()
            }
            last = work
            return work
        }
        await work.value
    }
}
