import NIOConcurrencyHelpers

/// Gives out turns that are never closer to each other than a rate permits, whoever asks for them.
///
/// ``forEach(_:atOnce:perSecond:_:)`` paces items; this paces the operations of items that have several.
final class Pace: Sendable {
    /// Microseconds between turns; nil for no limit.
    private let interval: Double?
    /// When the next turn is, on the run's clock.
    private let next = NIOLockedValueBox(0.0)

    /// - Parameter perSecond: turns in a second; nil for as many as are asked for.
    init(perSecond: Double?) { interval = perSecond.flatMap { $0 > 0 ? 1_000_000 / $0 : nil } }

    /// Waits for a turn.
    /// - Throws: `CancellationError` when the task is cancelled.
    func turn() async throws {
        guard let turn = take(at: RunClock.now()) else { return try Task.checkCancellation() }
        try await RunClock.sleep(until: turn)
    }

    /// Takes the next turn.
    /// - Parameter now: the instant of asking; turns that nobody took before are gone.
    /// - Returns: when it is; nil without a limit.
    func take(at now: Int64) -> Int64? {
        guard let interval else { return nil }
        return next.withLockedValue { next in
            let turn = max(next, Double(now))
            // Held where ``pacedStart(of:perSecond:)`` is, so that it stays an instant.
            next = min(turn + interval, 1e17)
            return Int64(min(turn, 1e17).rounded(.up))
        }
    }
}
