import Testing

@testable import ServiceClient

/// A generator that always gives the same number.
struct ConstantGenerator: RandomNumberGenerator {
    var value: UInt64
    mutating func next() -> UInt64 { value }
}

@Suite struct ServiceRetryPolicyTests {
    private let lowest = ConstantGenerator(value: 0)
    private let highest = ConstantGenerator(value: .max)

    @Test(
        "the wait doubles with each attempt up to the maximum, half of it by chance",
        arguments: [(1, 100), (2, 200), (3, 400), (7, 6_400), (8, 10_000), (60, 10_000)]
    )
    func backoff(attempt: Int, milliseconds: Int) throws {
        var policy = ServiceRetryPolicy()
        policy.maximumAttempts = 100
        var (lowest, highest) = (lowest, highest)
        let least = try #require(policy.delay(afterAttempt: attempt, retryAfter: nil, using: &lowest))
        let most = try #require(policy.delay(afterAttempt: attempt, retryAfter: nil, using: &highest))
        #expect(least == .milliseconds(milliseconds) / 2)
        #expect(most > .milliseconds(milliseconds) * 0.999 && most <= .milliseconds(milliseconds))
    }

    @Test("after the last attempt there is no wait")
    func exhausted() {
        var generator = SystemRandomNumberGenerator()
        #expect(ServiceRetryPolicy().delay(afterAttempt: 7, retryAfter: nil, using: &generator) != nil)
        #expect(ServiceRetryPolicy().delay(afterAttempt: 8, retryAfter: nil, using: &generator) == nil)
        #expect(ServiceRetryPolicy.none.delay(afterAttempt: 1, retryAfter: .seconds(1), using: &generator) == nil)
    }

    @Test("a wait named by the hub is never shortened and stretched by a tenth at most")
    func retryAfter() throws {
        var (lowest, highest) = (lowest, highest)
        let policy = ServiceRetryPolicy()
        let least = try #require(policy.delay(afterAttempt: 1, retryAfter: .seconds(30), using: &lowest))
        let most = try #require(policy.delay(afterAttempt: 1, retryAfter: .seconds(30), using: &highest))
        #expect(least == .seconds(30))
        #expect(most > .seconds(32) && most < .seconds(33.001))
    }

    @Test(
        "Retry-After is read as seconds and as a date",
        arguments: [
            ("7", Duration.seconds(7)), ("0", .zero), ("99999999999", .seconds(86_400)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", .seconds(30)), ("Wed, 21 Oct 2015 07:00:00 GMT", .zero),
        ]
    )
    func header(text: String, wait: Duration) {
        #expect(RetryAfter.parse(text, now: 1_445_412_450) == wait)
    }

    @Test(
        "a Retry-After that makes no sense is ignored",
        arguments: ["", "-1", "soon", "Wed, 99 Oct 2015 07:28:00 GMT"]
    )
    func badHeader(text: String) {
        #expect(RetryAfter.parse(text, now: 0) == nil)
    }
}
