import FleetRunner
import Foundation

/// The timeline as charts, a long one gathered into spans, so that the page stays small.
enum TimelineCharts {
    /// Points of a line at most; more than a screen is wide cannot be seen.
    static let maximumPoints = 600

    static func latency(_ rows: [TimelineRow]) -> HTML {
        let rows = whole(rows)
        let spans = Span.gather(rows, into: maximumPoints)
        let lines: [(String, Int, Bool, (Span) -> Int64?)] = [
            ("delivery p50", 0, true, \.deliveryP50), ("delivery p99", 0, false, \.deliveryP99),
            ("sync p50", 1, true, \.syncP50), ("sync p99", 1, false, \.syncP99),
        ]
        let series = lines.map { name, color, isDashed, value in
            line(name, color, isDashed, spans) { value($0).map(Double.init) }
        }
        let values = series.flatMap { $0.points.compactMap(\.y) }
        guard !values.isEmpty else { return "" }
        let length = spans.first?.seconds ?? 1
        return Chart(
            title: "delivery and sync",
            note: "by the second in which the change arrived; a last part of a second is left out"
                + (length > 1 ? "; each point stands for \(length) s: the greatest p99, the median p50" : ""),
            x: .seconds(to: Double(rows.count)),
            y: .time(values),
            series: series
        ).html
    }

    static func load(_ rows: [TimelineRow]) -> HTML {
        let rows = whole(rows)
        let spans = Span.gather(rows, into: maximumPoints)
        guard !spans.isEmpty else { return "" }
        let length = spans.first?.seconds ?? 1
        func chart(_ title: String, _ lines: [(String, Int, Bool, (Span) -> Double?)]) -> HTML {
            let series = lines.map { name, color, isDashed, value in line(name, color, isDashed, spans, value) }
            let greatest = series.flatMap { $0.points.compactMap(\.y) }.max() ?? 0
            return Chart(
                title: title,
                note: length > 1 ? "mean of \(length) s" : "",
                x: .seconds(to: Double(rows.count)),
                y: .linear(to: greatest, label: count),
                series: series
            ).html
        }
        let charts = [
            chart(
                "changes per second",
                [
                    ("asked", 2, true, \.intended), ("delivered", 0, false, \.delivered),
                    ("acknowledged", 1, false, \.acknowledged),
                ]
            ),
            chart("changes in flight", [("in flight", 0, false, \.inFlight)]),
            chart("devices connected", [("connected", 0, false, \.connected)]),
        ]
        return "<div class=\"charts\">\(charts)</div>"
    }

    static func machine(_ rows: [TimelineRow]) -> HTML {
        let rows = whole(rows)
        let spans = Span.gather(rows, into: maximumPoints)
        guard !spans.isEmpty else { return "" }
        func chart(_ title: String, _ unit: String, _ value: @escaping (Span) -> Double?) -> HTML {
            let series = line("generator", 0, false, spans, value)
            return Chart(
                title: title,
                x: .seconds(to: Double(rows.count)),
                y: .linear(to: series.points.compactMap(\.y).max() ?? 0) {
                    "\(Int64(exactly: $0.rounded()) ?? 0)\(unit)"
                },
                series: [series]
            ).html
        }
        let charts = [
            chart("CPU, of one processor", " %") { $0.cpu.map { $0 * 100 } },
            chart("memory", " MB") { $0.resident.map { $0 / 1_048_576 } },
        ]
        return "<div class=\"charts\">\(charts)</div>"
    }

    /// The slow changes of several runs over time.
    static func syncTail(_ runs: [(name: String, rows: [TimelineRow])]) -> HTML {
        let series = several(runs.map { (name: $0.name, rows: whole($0.rows)) }) { $0.syncP99.map(Double.init) }
        let values = series.flatMap { $0.points.compactMap(\.y) }
        guard !values.isEmpty else { return "" }
        return Chart(title: "sync p99", x: .seconds(to: longest(runs)), y: .time(values), series: series).html
    }

    /// What several runs got back over time.
    static func acknowledged(_ runs: [(name: String, rows: [TimelineRow])]) -> HTML {
        let series = several(runs.map { (name: $0.name, rows: whole($0.rows)) }, \.acknowledged)
        guard let greatest = series.flatMap({ $0.points.compactMap(\.y) }).max() else { return "" }
        return Chart(
            title: "changes acknowledged per second",
            x: .seconds(to: longest(runs)),
            y: .linear(to: greatest, label: count),
            series: series
        ).html
    }

    private static func several(
        _ runs: [(name: String, rows: [TimelineRow])],
        _ value: (Span) -> Double?
    ) -> [Chart.Series] {
        runs.enumerated().map { index, run in
            line(run.name, index, false, Span.gather(run.rows, into: maximumPoints), value)
        }
    }

    private static func longest(_ runs: [(name: String, rows: [TimelineRow])]) -> Double {
        Double(runs.map(\.rows.count).max() ?? 0)
    }

    private static func count(_ value: Double) -> String {
        Format.count(Int(clamping: Int64(exactly: value.rounded()) ?? 0))
    }

    /// The rows without the last one, which is only a part of a second: its counts are none per second, and a percentile
    /// of few changes is none.
    private static func whole(_ rows: [TimelineRow]) -> [TimelineRow] { rows.count > 1 ? rows.dropLast() : rows }

    private static func line(
        _ name: String,
        _ color: Int,
        _ isDashed: Bool,
        _ spans: [Span],
        _ value: (Span) -> Double?
    ) -> Chart.Series {
        // A row stands for the second that follows its number, so its point lies in the middle.
        Chart.Series(
            name: name,
            color: color,
            isDashed: isDashed,
            points: spans.map { (x: $0.start + Double($0.seconds) / 2, y: value($0)) }
        )
    }
}

/// Seconds of the timeline that a point stands for.
struct Span {
    /// The first of its seconds.
    var start: Double
    /// How many it has.
    var seconds: Int
    /// Means per second.
    var intended, delivered, acknowledged, inFlight: Double
    /// Means of what is sampled at the end of each second; nil when the run ended before that.
    var connected, cpu, resident: Double?
    /// Medians of the medians, greatest of the 99th percentiles; nil when nothing arrived.
    var deliveryP50, deliveryP99, syncP50, syncP99: Int64?

    /// Spans of one length, at most so many of them.
    static func gather(_ rows: [TimelineRow], into count: Int) -> [Span] {
        guard !rows.isEmpty else { return [] }
        let length = (rows.count + count - 1) / count
        return stride(from: 0, to: rows.count, by: length).map { start in
            Span(start: start, rows: rows[start..<min(start + length, rows.count)])
        }
    }

    private init(start: Int, rows: ArraySlice<TimelineRow>) {
        self.start = Double(start)
        seconds = rows.count
        let sampled = rows.filter { $0.residentBytes > 0 }
        func mean(_ value: (TimelineRow) -> Double) -> Double { rows.reduce(0) { $0 + value($1) } / Double(rows.count) }
        func sample(_ value: (TimelineRow) -> Double) -> Double? {
            sampled.isEmpty ? nil : sampled.reduce(0) { $0 + value($1) } / Double(sampled.count)
        }
        func median(_ value: (TimelineRow) -> Int64?) -> Int64? {
            let values = rows.compactMap(value).sorted()
            return values.isEmpty ? nil : values[values.count / 2]
        }
        intended = mean { Double($0.intended) }
        delivered = mean { Double($0.delivered) }
        acknowledged = mean { Double($0.acknowledged) }
        inFlight = mean { Double($0.inFlight) }
        connected = sample { Double($0.connected) }
        // As timeline.csv has it, so that a page made from the file is the same.
        cpu = sample { ($0.cpuSeconds * 1000).rounded() / 1000 }
        resident = sample { Double($0.residentBytes) }
        deliveryP50 = median(\.deliveryP50Microseconds)
        deliveryP99 = rows.compactMap(\.deliveryP99Microseconds).max()
        syncP50 = median(\.syncP50Microseconds)
        syncP99 = rows.compactMap(\.syncP99Microseconds).max()
    }
}
