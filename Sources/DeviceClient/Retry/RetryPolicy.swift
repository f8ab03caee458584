/// Decides whether and when a failed attempt is made again.
///
/// The client asks only for failures that may pass (`DeviceClientError.isTransient`).
public protocol RetryPolicy: Sendable {
    /// How long to wait before the next attempt.
    /// - Parameters:
    ///   - currentRetryCount: how many retries there have been; 0 before the first.
    ///   - lastError: why the last attempt failed.
    ///   - random: a number drawn evenly from 0 to 1, for policies that spread their waits.
    /// - Returns: the wait, or nil to give up.
    func interval(currentRetryCount: Int, lastError: DeviceClientError, random: Double) -> Duration?
}

/// Never tries again.
public struct NoRetry: RetryPolicy {
    /// Makes the policy.
    public init() {}

    /// Always nil.
    public func interval(currentRetryCount: Int, lastError: DeviceClientError, random: Double) -> Duration? { nil }
}

/// Waits longer after each failure, with some spread: Microsoft's default policy with Microsoft's defaults.
///
/// The wait before retry n (from 0) is `min(maximum, minimum + (2^n − 1) · r)` with r between 0.8 and 1.2 times the
/// delta. Source: Azure IoT SDK for C#, `ExponentialBackoffRetryStrategy`.
public struct ExponentialBackoff: RetryPolicy, Hashable {
    /// How many retries are made before giving up.
    ///
    /// Default: no limit.
    public var retryCount: Int
    /// The shortest wait.
    ///
    /// Default: 100 milliseconds.
    public var minBackoff: Duration
    /// The longest wait.
    ///
    /// Default: 10 seconds.
    public var maxBackoff: Duration
    /// How fast the waits grow.
    ///
    /// Default: 100 milliseconds.
    public var deltaBackoff: Duration

    /// Makes a policy.
    public init(
        retryCount: Int = .max,
        minBackoff: Duration = .milliseconds(100),
        maxBackoff: Duration = .seconds(10),
        deltaBackoff: Duration = .milliseconds(100)
    ) {
        self.retryCount = retryCount
        self.minBackoff = minBackoff
        self.maxBackoff = maxBackoff
        self.deltaBackoff = deltaBackoff
    }

    /// The wait by the formula; nil once `retryCount` retries have been made.
    public func interval(currentRetryCount: Int, lastError: DeviceClientError, random: Double) -> Duration? {
        guard currentRetryCount < retryCount else { return nil }
        // 2^62 times any sensible delta is far beyond any sensible maximum.
        let growth = Double((1 << min(max(0, currentRetryCount), 62)) - 1)
        let spread = 0.8 + 0.4 * min(max(random, 0), 1)
        let seconds = minBackoff / .seconds(1) + growth * (deltaBackoff / .seconds(1)) * spread
        let longest = maxBackoff / .seconds(1)
        return seconds >= longest ? maxBackoff : .seconds(seconds)
    }
}
