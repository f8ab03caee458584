import Fleet
import Foundation

/// Holds measured figures against thresholds.
enum ThresholdJudge {
    /// The thresholds of the file, and those that always apply unless the file has its own for the same subject.
    static func outcomes(_ thresholds: [Threshold], of result: RunResult) -> [ThresholdOutcome] {
        var always: [(subject: Threshold.Subject, text: String)] = [
            (.lost, "lost: == 0"), (.notReady, "not_ready: == 0"), (.mismatches, "mismatches: == 0"),
        ]
        if !result.queries.isEmpty { always.append((.queryMismatches, "query_mismatches: == 0")) }
        let defaults = always.filter { fixed in !thresholds.contains { $0.subject == fixed.subject } }.map {
            Threshold(text: $0.text, subject: $0.subject, statistic: .value, comparison: .equal, limit: 0)
        }
        return thresholds.map { outcome($0, of: result, isDefault: false) }
            + defaults.map { outcome($0, of: result, isDefault: true) }
    }

    private static func outcome(_ threshold: Threshold, of result: RunResult, isDefault: Bool) -> ThresholdOutcome {
        if let count = counter(threshold.subject, of: result) {
            return ThresholdOutcome(
                text: threshold.text,
                isDefault: isDefault,
                passed: threshold.comparison.holds(Double(count), threshold.limit),
                observed: "\(count)",
                observedValue: Double(count),
                sampleCount: nil,
                detail: threshold.subject == .queryMismatches ? detail(of: result.queries) : ""
            )
        }
        let histogram = LatencyMetric(rawValue: threshold.subject.rawValue).flatMap { result.overall($0) }
        guard let histogram, let value = statistic(threshold.statistic, of: histogram) else {
            return ThresholdOutcome(
                text: threshold.text,
                isDefault: isDefault,
                passed: false,
                observed: "no samples",
                observedValue: nil,
                sampleCount: 0
            )
        }
        return ThresholdOutcome(
            text: threshold.text,
            isDefault: isDefault,
            passed: threshold.comparison.holds(value, threshold.limit),
            observed: text(microseconds: value),
            observedValue: value,
            sampleCount: histogram.count
        )
    }

    private static func counter(_ subject: Threshold.Subject, of result: RunResult) -> Int? {
        let books = result.accounting
        switch subject {
        case .lost: return books.lost
        case .duplicated: return books.duplicated
        case .outOfOrder: return books.outOfOrder
        case .rejected: return books.rejected
        case .superseded: return books.superseded
        case .caughtUp: return books.caughtUp
        case .unacknowledged: return books.unacknowledged
        case .errors: return books.errors
        case .notReady: return result.devices.notReady.count
        case .mismatches: return result.mismatches.count
        case .queryMismatches: return result.queries.reduce(0) { $0 + $1.mismatches }
        case .delivery, .deliveryFromSent, .hubToDevice, .echo, .sync: return nil
        }
    }

    /// The first devices that the hub's answers lack or have too many; a query without an answer is a reason of its own.
    private static func detail(of queries: [QueryOutcome]) -> String {
        queries.filter { $0.failure == nil && !$0.agrees }.map { query in
            let faults = [("missing", query.missing), ("unexpected", query.unexpected), ("repeated", query.repeated)]
            let texts = faults.filter { !$0.1.isEmpty }.map { name, devices in
                "\(name) " + devices.prefix(3).joined(separator: ", ") + (devices.count > 3 ? ", …" : "")
            }
            return "\(query.condition): \(texts.joined(separator: "; "))"
        }.joined(separator: " | ")
    }

    private static func statistic(_ statistic: Threshold.Statistic, of histogram: LatencyHistogram) -> Double? {
        switch statistic {
        case .percentile(let percent): histogram.percentile(percent).map(Double.init)
        case .minimum: histogram.minimumMicroseconds.map(Double.init)
        case .maximum: histogram.maximumMicroseconds.map(Double.init)
        case .mean: histogram.meanMicroseconds
        case .value: nil
        }
    }

    private static func text(microseconds: Double) -> String {
        switch abs(microseconds) {
        case ..<1000: "\(Int(microseconds.rounded())) µs"
        case ..<1_000_000: String(format: "%.2f ms", microseconds / 1000)
        default: String(format: "%.2f s", microseconds / 1_000_000)
        }
    }
}
