import Fleet
import Foundation

/// Says what a run proves.
enum VerdictJudge {
    /// The verdict and its reasons, one sentence each.
    ///
    /// INVALID outweighs FAIL: figures of a load that was not put to the hub do not count against the hub either.
    static func judge(
        _ result: RunResult,
        configuration: RunConfiguration
    ) -> (verdict: Verdict, reasons: [String]) {
        let invalid = invalidity(of: result, configuration)
        // A query without an answer is no figure that a threshold could allow.
        let failures =
            refusals(of: result, configuration)
            + result.thresholds.filter { !$0.passed }.map { outcome in
                "\(outcome.text) failed: \(outcome.observed)" + (outcome.detail.isEmpty ? "" : " (\(outcome.detail))")
            }
            + result.queries.compactMap { query in
                query.failure.map { "the hub did not answer the query \(query.condition): \($0)" }
            }
        if !invalid.isEmpty { return (.invalid, invalid + failures) }
        return failures.isEmpty ? (.pass, []) : (.fail, failures)
    }

    private static func invalidity(of result: RunResult, _ configuration: RunConfiguration) -> [String] {
        var reasons = result.accounting.imbalances.map { "the books do not balance: \($0)" }
        if !result.phases.contains(where: { $0.phase == .drive }) {
            reasons.append("the run ended before it drove any change")
        }
        let load = result.load
        let answered = answeredPerSecond(result)
        if load.askedPerSecond > 0, answered < load.askedPerSecond * configuration.leastDeliveredShare {
            reasons.append(
                String(
                    format: "the asked load was not delivered: the hub answered %.1f of %.1f changes/s (%.1f %%, "
                        + "at least %.1f %% needed)",
                    answered,
                    load.askedPerSecond,
                    answered / load.askedPerSecond * 100,
                    configuration.leastDeliveredShare * 100
                )
            )
        }
        if let lag = load.scheduleLagP99Microseconds, lag > configuration.scheduleLagLimit.microseconds {
            reasons.append(
                "this machine was the bottleneck: changes were picked up \(lag / 1000) ms late (p99; at most "
                    + "\(configuration.scheduleLagLimit.microseconds / 1000) ms allowed)"
            )
        }
        return reasons
    }

    /// A load that was put to the hub and refused tells of the hub.
    private static func refusals(of result: RunResult, _ configuration: RunConfiguration) -> [String] {
        let (sent, rejected) = (result.accounting.sent, result.accounting.rejected)
        guard rejected > 0, Double(sent - rejected) < Double(sent) * configuration.leastDeliveredShare else {
            return []
        }
        return [
            "the hub refused \(CountText.of(rejected)) of \(CountText.of(sent, "change")) "
                + String(
                    format: "(%.1f %%, at most %.1f %% allowed)",
                    Double(rejected) / Double(sent) * 100,
                    (1 - configuration.leastDeliveredShare) * 100
                )
        ]
    }

    /// Changes per second that the hub took or refused.
    private static func answeredPerSecond(_ result: RunResult) -> Double {
        let seconds = result.load.actualDuration.inSeconds
        let refused = seconds > 0 ? Double(result.accounting.rejected) / seconds : 0
        return min(result.load.acceptedPerSecond + refused, result.load.askedPerSecond)
    }
}
