import Logging

extension ServiceRetryPolicy {
    /// Tries until an attempt succeeds, its failure is not worth another, or there is no time left for one.
    ///
    /// - Parameters:
    ///   - deadline: No attempt starts later.
    ///   - logger: Told of each failure that is followed by another attempt.
    ///   - isWorthRetrying: Whether another attempt makes sense behind this failure.
    ///   - attempt: Makes one attempt.
    /// - Returns: What the first successful attempt returned.
    /// - Throws: The last attempt's ``ServiceClientError``, any other error at once, and `CancellationError`.
    func tryAgain<Value>(
        until deadline: ContinuousClock.Instant,
        logger: Logger,
        if isWorthRetrying: (ServiceClientError) -> Bool,
        _ attempt: () async throws -> Value
    ) async throws -> Value {
        var generator = SystemRandomNumberGenerator()
        var attempts = 1
        while true {
            let failure: ServiceClientError
            do {
                return try await attempt()
            } catch let error as ServiceClientError {
                failure = error
            }
            guard isWorthRetrying(failure),
                let wait = delay(afterAttempt: attempts, retryAfter: failure.retryAfter, using: &generator),
                ContinuousClock.now + wait < deadline
            else { throw failure }
            logger.debug("\(failure); attempt \(attempts + 1) follows in \(wait)")
            try await Task.sleep(for: wait)
            attempts += 1
        }
    }
}

extension ServiceClientError {
    /// Whether doing it again makes sense.
    ///
    /// - Parameters:
    ///   - isRepeatable: Whether doing it twice has the effect of doing it once.
    ///   - hasAnswered: Whether the server has answered before: one that restarts comes back, one that never answered
    ///     probably has another address.
    /// - Returns: Whether it does.
    func isWorthRetrying(isRepeatable: Bool, hasAnswered: Bool) -> Bool {
        switch reason {
        case .refused where status == 429 || status == 503: true
        case .refused where status >= 500: isRepeatable
        case .timedOut, .connectionLost: isRepeatable
        case .unreachable: hasAnswered
        case .refused, .untrustedCertificate, .unreadableAnswer, .invalidArgument, .closed, .noToken: false
        }
    }
}
