import IoTHub

/// Thresholds as fleet files write them: `p99 < 500ms` for latencies, `== 0` for counters.
///
///     latency   = statistic comparison duration
///     counter   = comparison number
///     statistic = "p" number | "min" | "max" | "mean"
enum ThresholdText {
    /// The two-character comparisons first, so that `<=` is not read as `<`.
    private static let comparisons: [Threshold.Comparison] = [.lessOrEqual, .equal, .greaterOrEqual, .less, .greater]

    private static let statisticNames: [String: Threshold.Statistic] = [
        "min": .minimum, "max": .maximum, "mean": .mean,
    ]
    private static let suggestions: [String: String] = [
        "median": "p50", "avg": "mean", "average": "mean", "maximum": "max", "minimum": "min",
    ]

    static func expectation(for subject: Threshold.Subject) -> String {
        subject.isLatency
            ? "a statistic, a comparison and a duration, such as p99 < 500ms"
            : "a comparison and a number, such as == 0 or <= 5"
    }

    static func parse(_ text: String, subject: Threshold.Subject) throws(Fault) -> Threshold {
        guard let sign = text.firstIndex(where: { "<>=!".contains($0) }) else {
            throw Fault(expected: expectation(for: subject))
        }
        let rest = text[sign...]
        guard let comparison = comparisons.first(where: { rest.hasPrefix($0.rawValue) }) else {
            let isSingle = rest.hasPrefix("=") && !rest.hasPrefix("==")
            throw Fault(
                "the unknown comparison \(Words.quote(String(rest.prefix { "<>=!".contains($0) })))",
                expected: "<, <=, ==, >= or >",
                suggestion: isSingle ? "==" : nil
            )
        }
        let name = trim(text[..<sign])
        let limit = trim(rest.dropFirst(comparison.rawValue.count))
        let statistic = try statistic(name, subject, text)
        return Threshold(
            text: "\(subject.rawValue): "
                + [name, comparison.rawValue, limit].filter { !$0.isEmpty }
                .joined(separator: " "),
            subject: subject,
            statistic: statistic,
            comparison: comparison,
            limit: subject.isLatency ? try microseconds(limit, subject) : try count(limit, subject)
        )
    }

    private static func statistic(
        _ name: String,
        _ subject: Threshold.Subject,
        _ text: String
    ) throws(Fault) -> Threshold.Statistic {
        guard subject.isLatency else {
            guard name.isEmpty else {
                throw Fault(
                    "the statistic \(Words.quote(name)) of a counter",
                    expected: expectation(for: subject)
                )
            }
            return .value
        }
        if name.isEmpty { throw Fault(expected: expectation(for: subject)) }
        if let statistic = statisticNames[name] { return statistic }
        if name.hasPrefix("p"), let number = DecimalText(name.dropFirst()) {
            guard number.digits > 0, number.doubleValue <= 100 else {
                throw Fault("the percentile \(Words.quote(name))", expected: "one above p0, up to p100")
            }
            return .percentile(number.doubleValue)
        }
        throw Fault(
            "the unknown statistic \(Words.quote(name))",
            expected: "p50, p90, p99, p99.9 or another percentile, min, max or mean",
            suggestion: suggestions[name.lowercased()]
                ?? Suggestion.nearest(to: name, among: ["min", "max", "mean"])
        )
    }

    private static func microseconds(_ text: String, _ subject: Threshold.Subject) throws(Fault) -> Double {
        if text.isEmpty { throw Fault(expected: expectation(for: subject)) }
        do throws(Fault) {
            return Double(try DurationText.nanoseconds(text)) / 1000
        } catch {
            var fault = error
            fault.found = fault.found ?? "the limit \(Words.quote(text))"
            throw fault
        }
    }

    private static func count(_ text: String, _ subject: Threshold.Subject) throws(Fault) -> Double {
        if text.isEmpty { throw Fault(expected: expectation(for: subject)) }
        guard let number = DecimalText(text), number.decimals == 0 else {
            throw Fault("the limit \(Words.quote(text))", expected: "a whole number from 0, as in == 0")
        }
        return Double(number.digits)
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
