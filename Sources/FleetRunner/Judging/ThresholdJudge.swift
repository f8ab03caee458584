import Fleet
import Foundation

/// Holds measured figures against thresholds.
enum ThresholdJudge {
    /// The thresholds of the file, and those that always apply unless the file has its own for the same subject.
    static func outcomes(_ thresholds: [Threshold], of result: RunResult) -> [ThresholdOutcome] {
        let always: [(subject: Threshold.Subject, text: String)] = [
            (.lost, "lost: == 0"), (.notReady, "not_ready: == 0"), (.mismatches, "mismatches: == 0"),
        ]
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
                sampleCount: nil
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
        case .delivery, .deliveryFromSent, .hubToDevice, .echo, .sync: return nil
        }
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
