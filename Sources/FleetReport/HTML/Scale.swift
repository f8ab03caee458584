import Foundation

/// An axis of a chart: where a value lies on it, and which values are written beside it.
struct Scale {
    /// A value that is written beside the axis.
    struct Tick {
        /// Where, from 0 to 1.
        var position: Double
        var label: String
        /// Whether it is left out where space is short.
        var isMinor = false
    }

    private(set) var ticks: [Tick] = []
    private let map: @Sendable (Double) -> Double

    /// Where a value lies, from 0 to 1; what lies outside is drawn at the edge.
    func position(_ value: Double) -> Double {
        let position = map(value)
        return position.isFinite ? min(max(position, 0), 1) : 0
    }

    private init(_ map: @escaping @Sendable (Double) -> Double, _ values: [(Double, String, Bool)]) {
        self.map = map
        ticks = values.map { Tick(position: position($0.0), label: $0.1, isMinor: $0.2) }
    }

    /// From 0 to at least a greatest value, in steps of 1, 2 or 5.
    static func linear(to greatest: Double, label: (Double) -> String) -> Scale {
        let greatest = greatest.isFinite ? max(greatest, 1) : 1
        let raw = greatest / 4
        let power = pow(10, floor(log10(raw)))
        let step = max(1, ([1, 2, 5, 10].first { $0 * power >= raw } ?? 10) * power)
        let count = max(1, Int(clamping: Int64(exactly: (greatest / step).rounded(.up)) ?? 1))
        let top = step * Double(count)
        return Scale({ $0 / top }, (0...min(count, 10)).map { (step * Double($0), label(step * Double($0)), false) })
    }

    /// Times in microseconds on a logarithmic scale from 1, 2 or 5 times a power of ten to another one.
    static func time(_ values: some Sequence<Double>) -> Scale {
        var least = Double.infinity
        var greatest = 1.0
        for value in values where value.isFinite {
            least = min(least, max(value, 1))
            greatest = max(greatest, value)
        }
        // Ten thousand years and more are no latency.
        greatest = min(greatest, 1e18)
        least = min(least, greatest)
        let marks = (0...18).flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
        let low = marks.last { $0 <= least } ?? 1
        let high = marks.first { $0 >= greatest && $0 > low } ?? 1e18
        let isShort = high / low <= 1000
        let shown = marks.filter { mark in
            mark >= low && mark <= high && (isShort || log10(mark).truncatingRemainder(dividingBy: 1) == 0)
        }
        let span = log10(high / low)
        return Scale(
            { log10(max($0, 1) / low) / span },
            shown.map { ($0, Self.label(microseconds: $0), false) }
        )
    }

    /// Percent of all samples, stretched towards 100: as much room from 0 to 90 as from 90 to 99 and from 99 to 99.9.
    ///
    /// There are `decades` such parts, at least one.
    static func percentiles(decades: Int) -> Scale {
        let labels = ["90", "99", "99.9", "99.99", "99.999"]
        let end = Double(max(1, min(decades, labels.count)))
        let tens = labels.enumerated().prefix(Int(end)).map {
            (Self.percent(at: Double($0.offset + 1)), $0.element, false)
        }
        return Scale({ -log10(max(1 - $0 / 100, 1e-12)) / end }, [(0, "0", false), (50, "50", true)] + tens)
    }

    /// The percentile that lies so many parts from the left.
    static func percent(at decades: Double) -> Double { 100 * (1 - pow(10, -decades)) }

    /// Seconds from 0, with a mark at whole seconds, minutes or hours.
    static func seconds(to end: Double) -> Scale {
        let end = end.isFinite ? max(end, 1) : 1
        let steps: [Double] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
        ]
        let step = steps.first { end / $0 <= 6 } ?? (end / 6)
        let count = Int(clamping: Int64(exactly: (end / step).rounded(.down)) ?? 0)
        return Scale(
            { $0 / end },
            (0...min(count, 10)).map { (Double($0) * step, label(seconds: Double($0) * step), $0 % 2 == 1) }
        )
    }

    private static func label(seconds: Double) -> String {
        let whole = Int64(exactly: seconds.rounded()) ?? 0
        if whole % 3600 == 0, whole > 0 { return "\(whole / 3600) h" }
        if whole < 60 { return "\(whole) s" }
        return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }

    private static func label(microseconds: Double) -> String {
        let (value, unit) =
            microseconds < 1000
            ? (microseconds, "µs") : microseconds < 1e6 ? (microseconds / 1000, "ms") : (microseconds / 1e6, "s")
        return "\(Int64(exactly: value.rounded()) ?? 0) \(unit)"
    }
}
