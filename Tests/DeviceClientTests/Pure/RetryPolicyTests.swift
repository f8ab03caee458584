import DeviceClient
import Testing

@Suite struct RetryPolicyTests {
    private let error = DeviceClientError(.communication, "gone")

    @Test(
        "the exponential back-off follows Microsoft's formula with Microsoft's defaults",
        arguments: [
            (0, 0.5, 0.1), (1, 0.5, 0.2), (2, 0.5, 0.4), (3, 0.0, 0.66), (3, 1.0, 0.94), (6, 0.5, 6.4), (7, 0.5, 10),
            (62, 1, 10), (Int.max - 1, 1, 10),
        ]
    )
    func exponential(retry: Int, random: Double, seconds: Double) throws {
        let wait = try #require(
            ExponentialBackoff().interval(currentRetryCount: retry, lastError: error, random: random)
        )
        #expect(abs(wait / .seconds(1) - seconds) < 1e-9)
    }

    @Test("the exponential back-off gives up after its count")
    func count() {
        let policy = ExponentialBackoff(retryCount: 2)
        #expect(policy.interval(currentRetryCount: 1, lastError: error, random: 0) != nil)
        #expect(policy.interval(currentRetryCount: 2, lastError: error, random: 0) == nil)
    }

    @Test("NoRetry never tries again")
    func none() { #expect(NoRetry().interval(currentRetryCount: 0, lastError: error, random: 0) == nil) }
}
