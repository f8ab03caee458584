/// Metrics as Prometheus reads them.
///
/// Source: Prometheus documentation, "Exposition formats", text-based format 0.0.4.
public enum PrometheusText {
    /// The media type.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Writes families in their order; those without samples are left out.
    public static func render(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families { write(family, to: &text) }
        return text
    }

    private static func write(_ family: MetricFamily, to text: inout String) {
        func head(_ type: String) {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n# TYPE \(family.name) \(type)\n"
        }
        func line(_ suffix: String, _ labels: MetricLabels, _ value: String) {
            text += "\(family.name)\(suffix)\(self.text(of: labels)) \(value)\n"
        }
        switch family.samples {
        case .counter(let samples), .gauge(let samples):
            if samples.isEmpty { return }
            if case .counter = family.samples { head("counter") } else { head("gauge") }
            for sample in samples { line("", sample.labels, number(sample.value)) }
        case .histogram(let distributions):
            if distributions.isEmpty { return }
            head("histogram")
            for distribution in distributions {
                var count = 0
                let bounds = distribution.bounds.map(number) + ["+Inf"]
                for (bound, more) in zip(bounds, distribution.counts) {
                    count += more
                    line("_bucket", distribution.labels.with("le", bound), "\(count)")
                }
                line("_sum", distribution.labels, number(distribution.sum))
                line("_count", distribution.labels, "\(count)")
            }
        }
    }

    private static func text(of labels: MetricLabels) -> String {
        if labels.all.isEmpty { return "" }
        let pairs = labels.all.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// A number as Go's ParseFloat takes it; whole ones without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Up to here every whole number is exact.
        if let whole = Int64(exactly: value), whole.magnitude <= 1 << 53 { return "\(whole)" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        // Scalar by scalar: to Swift a carriage return and a line feed are one character.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
