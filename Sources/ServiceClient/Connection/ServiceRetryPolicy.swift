/// When a request to the hub is tried again, and after which wait.
///
/// A request that the hub refused before doing anything (429 throttled, 503 busy, connection refused) is always tried
/// again. One whose fate is unknown (another 5xx, a connection lost or a time-out after sending) is tried again only when
/// doing it twice has the effect of doing it once: reads, and bulk requests that only hold `createOrUpdate`. A twin
/// update is not among them, since each one adds one to `$version`.
public struct ServiceRetryPolicy: Sendable, Hashable {
    /// Attempts in all, the first one included; 1 means no retries; default: 8.
    public var maximumAttempts: Int = 8

    /// Wait before the second attempt; doubles with each further one; default: 100 ms.
    public var minimumBackoff: Duration = .milliseconds(100)

    /// Longest wait between two attempts, unless the hub's Retry-After asks for more; default: 10 seconds.
    public var maximumBackoff: Duration = .seconds(10)

    /// Creates the default policy.
    public init() {}

    /// A policy that reports every failure at once.
    public static var none: ServiceRetryPolicy {
        var policy = ServiceRetryPolicy()
        policy.maximumAttempts = 1
        return policy
    }

    /// The wait before the next attempt, or `nil` when there is none.
    ///
    /// Half of the exponential wait is fixed and half is random, so that clients refused together do not come back
    /// together. A wait named by the hub is a minimum: up to a tenth is added to it, nothing taken off.
    func delay(
        afterAttempt attempt: Int,
        retryAfter: Duration?,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt < maximumAttempts else { return nil }
        let chance = Double.random(in: 0..<1, using: &generator)
        if let retryAfter {
            return retryAfter * (1 + chance / 10)
        }
        // 2^20 times the first wait is beyond any sensible maximum and cannot overflow.
        let doublings = min(max(attempt - 1, 0), 20)
        let wait = min(minimumBackoff * (1 << doublings), maximumBackoff)
        return wait * (0.5 + chance / 2)
    }
}
