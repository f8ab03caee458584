/// Runs a body for each item, a limited number at once, and not faster than a rate.
///
/// When the task is cancelled no further item is begun; bodies under way see the cancellation.
/// - Parameters:
///   - items: what to work on, in order.
///   - limit: bodies under way at once, at least 1.
///   - perSecond: bodies begun per second; nil for as fast as the limit allows.
///   - body: the work; it deals with its own errors.
func forEach<Item: Sendable>(
    _ items: some Sequence<Item>,
    atOnce limit: Int,
    perSecond: Double? = nil,
    _ body: @escaping @Sendable (Item) async -> Void
) async {
    await withTaskGroup(of: Void.self) { group in
        let start = RunClock.now()
        var running = 0
        for (number, item) in items.enumerated() {
            if running >= max(1, limit) {
                await group.next()
                running -= 1
            }
            if let perSecond, perSecond > 0 {
                do { try await RunClock.sleep(until: start + pacedStart(of: number, perSecond: perSecond)) } catch {
                    break
                }
            }
            if Task.isCancelled { break }
            group.addTask { await body(item) }
            running += 1
        }
    }
}

/// When the item of that number, from 0, begins at a pace: microseconds after the first.
///
/// Held below three thousand years, so that it can be added to any instant.
func pacedStart(of number: Int, perSecond: Double) -> Int64 {
    Int64(min((Double(max(0, number)) / perSecond * 1_000_000).rounded(), 1e17))
}

/// A limit of time was over before the work was done.
struct TimeLimitError: Error {}

/// Runs work that must be done within a limit.
/// - Throws: `TimeLimitError` when it is not, and whatever the work throws.
func within<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        while let value = try await group.next() {
            guard let value else { throw TimeLimitError() }
            return value
        }
        throw TimeLimitError()
    }
}
