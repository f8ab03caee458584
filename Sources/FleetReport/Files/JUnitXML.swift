import FleetRunner
import IoTHub

/// `junit.xml`: a case for each threshold, each sum of the books and each query, and one for the run itself.
///
/// It has a failure or an error exactly when the run's exit code is not 0. What failed is a `failure`; what makes the run
/// say nothing (INVALID, or interrupted) is an `error`.
/// Source: the format has no standard; this is the part that Jenkins, GitLab and the actions of GitHub agree on.
enum JUnitXML {
    static func text(_ result: RunResult) -> String {
        let cases = [run(result)] + thresholds(result) + books(result) + queries(result)
        let seconds = number(result.phases.last?.end ?? .zero)
        func count(_ name: String) -> String {
            String(cases.count { $0.children.contains { $0.name == name } })
        }
        let sums = [
            ("tests", String(cases.count)), ("failures", count("failure")), ("errors", count("error")),
            ("time", seconds),
        ]
        let suite = XMLNode(
            "testsuite",
            [("name", result.fleetName)] + sums
                + [("skipped", "0"), ("timestamp", timestamp(result)), ("hostname", result.hubHostName)],
            children: [properties(result)] + cases
        )
        return XMLNode("testsuites", [("name", "twinfleet")] + sums, children: [suite]).document
    }

    /// The verdict, with all its reasons.
    private static func run(_ result: RunResult) -> XMLNode {
        let reasons = result.reasons.joined(separator: "\n")
        let kind =
            switch result.verdict {
            case .pass where result.wasInterrupted: "error"
            case .pass: ""
            case .fail: result.wasInterrupted ? "error" : "failure"
            case .invalid: "error"
            }
        let message = result.verdict.rawValue + (result.wasInterrupted ? ", interrupted" : "")
        return testCase(result, "run", "verdict", kind.isEmpty ? nil : (kind, message, reasons))
    }

    private static func thresholds(_ result: RunResult) -> [XMLNode] {
        result.thresholds.map { outcome in
            let text =
                outcome.sampleCount.map { "\(outcome.observed), \(Format.count($0, "sample"))" } ?? outcome.observed
            return testCase(
                result,
                "thresholds",
                outcome.text,
                outcome.passed ? nil : ("failure", "\(outcome.text) failed: \(text)", outcome.detail)
            )
        }
    }

    private static func books(_ result: RunResult) -> [XMLNode] {
        result.accounting.balances.map { balance in
            let sum = "\(balance.name) = \(balance.parts.map(\.name).joined(separator: " + "))"
            let figures = balance.parts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
            return testCase(
                result,
                "accounting",
                sum,
                balance.holds ? nil : ("error", "\(balance.name) \(balance.total), parts \(balance.sum)", figures)
            )
        }
    }

    private static func queries(_ result: RunResult) -> [XMLNode] {
        result.queries.map { query in
            let message =
                query.failure.map { "no answer: \($0)" }
                ?? "expected \(query.expected), returned \(query.returned): \(query.missing.count) missing, "
                + "\(query.unexpected.count) unexpected, \(query.repeated.count) repeated"
            let devices = [("missing", query.missing), ("unexpected", query.unexpected), ("repeated", query.repeated)]
                .filter { !$0.1.isEmpty }
                .map { "\($0.0): \($0.1.joined(separator: ", "))" }
                .joined(separator: "\n")
            let fails = QueryMark(query, in: result) == .failed
            return testCase(result, "queries", query.condition, fails ? ("failure", message, devices) : nil)
        }
    }

    private static func testCase(
        _ result: RunResult,
        _ group: String,
        _ name: String,
        _ problem: (kind: String, message: String, text: String)?
    ) -> XMLNode {
        XMLNode(
            "testcase",
            [("classname", "\(result.fleetName).\(group)"), ("name", name), ("time", "0")],
            children: problem.map { problem in
                [XMLNode(problem.kind, [("message", problem.message), ("type", group)], text: problem.text)]
            } ?? []
        )
    }

    private static func properties(_ result: RunResult) -> XMLNode {
        let pairs = [
            ("verdict", result.verdict.rawValue), ("exit_code", String(result.exitCode.rawValue)),
            ("seed", String(result.seed)), ("fleet_fingerprint", result.versions.fleetFingerprint),
            ("twinfleet", result.versions.twinfleet), ("machine", result.versions.machine),
        ]
        return XMLNode("properties", children: pairs.map { XMLNode("property", [("name", $0.0), ("value", $0.1)]) })
    }

    /// Seconds with three decimals.
    private static func number(_ duration: Duration) -> String {
        var csv = CSV()
        let (seconds, attoseconds) = duration.components
        csv.add(Double(seconds) + Double(attoseconds) / 1e18)
        return String(decoding: csv.bytes, as: UTF8.self)
    }

    /// ISO 8601 in whole seconds, without a zone, as the readers want it; it is UTC.
    private static func timestamp(_ result: RunResult) -> String {
        let (ticks, overflow) = result.startedEpochMicroseconds.multipliedReportingOverflow(by: 10)
        return String((overflow ? HubTimestamp.never : HubTimestamp(ticksSinceEpoch: ticks)).description.prefix(19))
    }
}
