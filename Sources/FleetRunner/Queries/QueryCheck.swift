import Fleet

/// Asks the hub the fleet's queries until it agrees with the fleet file, or for as long as its index may lag.
///
/// Source: Azure IoT Hub documentation, "IoT Hub query language": results come a while after the twins changed.
struct QueryCheck: Sendable {
    /// What time it is and how to let it pass; tests have their own.
    struct Clock: Sendable {
        /// Microseconds on a monotonic clock.
        var now: @Sendable () -> Int64
        /// Waits; returns whether the waiting may go on: false when the user interrupted it.
        var sleep: @Sendable (Duration) async -> Bool
    }

    /// The hub did not answer, in words.
    struct Failure: Error {
        var words: String
        /// The same without words of the hub, which may quote the query.
        var summary: String
        /// Whether it would say the same if it were asked again.
        var isFinal: Bool
    }

    /// The first pause between two rounds of questions; it doubles up to the greatest.
    static let firstPause: Duration = .milliseconds(250)
    static let greatestPause: Duration = .seconds(4)

    let patience: Duration
    let clock: Clock
    /// Reads all pages of a query.
    let ask: @Sendable (_ statement: String) async throws(Failure) -> QueryAnswer
    /// Called after each question with the number of queries that agree and the time since the first question.
    let progress: @Sendable (_ agreed: Int, _ total: Int, _ elapsed: Duration) -> Void

    /// Carries the check out.
    /// - Returns: what came of each query, in their order.
    func check(_ expectations: [QueryExpectation]) async -> [QueryOutcome] {
        var outcomes = expectations.map { $0.unanswered("not asked") }
        var open = Array(expectations.indices)
        let start = clock.now()
        var pause = Self.firstPause
        while true {
            var stillOpen: [Int] = []
            for index in open {
                let (outcome, isSettled) = await question(expectations[index], after: outcomes[index].attempts)
                outcomes[index] = outcome
                let elapsed = Duration.microseconds(clock.now() - start)
                outcomes[index].duration = elapsed
                if !isSettled { stillOpen.append(index) }
                progress(outcomes.count { $0.agrees }, outcomes.count, elapsed)
            }
            open = stillOpen
            let left = patience - .microseconds(clock.now() - start)
            guard !open.isEmpty, left > .zero, await clock.sleep(min(pause, left)) else { return outcomes }
            pause = min(pause * 2, Self.greatestPause)
        }
    }

    private func question(
        _ expectation: QueryExpectation,
        after attempts: Int
    ) async -> (outcome: QueryOutcome, isSettled: Bool) {
        var outcome: QueryOutcome
        var isSettled = false
        do throws(Failure) {
            outcome = expectation.compare(try await ask(expectation.condition.statement))
            isSettled = outcome.agrees
        } catch {
            outcome = expectation.unanswered(expectation.condition.isPrivate ? error.summary : error.words)
            isSettled = error.isFinal
        }
        outcome.attempts = attempts + 1
        return (outcome, isSettled)
    }
}
