import FleetRunner
import Foundation

/// How the latencies are distributed: the percentile along the bottom, stretched towards 100.
enum DistributionCharts {
    /// Points of a line for each factor of ten.
    private static let pointsPerDecade = 25
    /// Lines of a chart; more cannot be told apart.
    private static let maximumLines = 12

    static func html(_ tables: [LatencyTable]) -> HTML {
        var charts: [HTML] = []
        for table in tables {
            if table.dimension == "overall", let group = table.groups.first {
                let lines = LatencyMetric.allCases.compactMap { metric in
                    group.histograms[metric].map { (metric.rawValue, $0) }
                }
                charts.append(chart("all devices", lines))
            } else if table.dimension == "transport" {
                for metric in [LatencyMetric.delivery, .echo, .sync] {
                    let lines = table.groups.compactMap { group in group.histograms[metric].map { (group.name, $0) } }
                    charts.append(chart("\(metric.rawValue) by transport", lines))
                }
            }
        }
        charts = charts.filter { !$0.isEmpty }
        guard !charts.isEmpty else { return "" }
        return """
            <p class="note">How to read it: at 99, one change in a hundred took longer than the line shows. A line ends \
            at its greatest sample; below 1 µs it is drawn at 1 µs.</p>
            <div class="charts">\(charts)</div>
            """
    }

    /// A chart of distributions; nothing when none has samples.
    static func chart(_ title: String, _ lines: [(name: String, histogram: LatencyHistogram)]) -> HTML {
        let lines = lines.filter { $0.histogram.count > 0 }.prefix(maximumLines)
        guard let most = lines.map(\.histogram.count).max() else { return "" }
        let decades = min(max(Int(log10(Double(most)).rounded(.up)), 2), 4)
        let series = lines.enumerated().map { index, line in
            Chart.Series(name: line.name, color: index, points: points(line.histogram, decades: decades))
        }
        return Chart(
            title: title,
            note: "percentiles",
            x: .percentiles(decades: decades),
            y: .time(series.flatMap { $0.points.compactMap(\.y) }),
            series: series
        ).html
    }

    private static func points(_ histogram: LatencyHistogram, decades: Int) -> [(x: Double, y: Double?)] {
        // Past that percentile there is less than one sample.
        let end = min(Double(decades), log10(Double(max(histogram.count, 2))))
        let steps = max(1, Int((end * Double(pointsPerDecade)).rounded(.up)))
        // Once through the buckets: asking for each percentile goes through them again.
        var buckets = histogram.buckets.makeIterator()
        var bucket = buckets.next()
        var below = 0
        let line = (0...steps).map { step -> (x: Double, y: Double?) in
            let percent = Scale.percent(at: min(end, Double(step) / Double(pointsPerDecade)))
            let rank = max(1, Int((Double(histogram.count) * percent / 100).rounded(.up)))
            while let current = bucket, below + current.count < rank {
                below += current.count
                bucket = buckets.next()
            }
            let value = bucket.map { held($0.microseconds, histogram) }
            return (x: percent, y: value.map { max(1, Double($0)) })
        }
        // The greatest sample is past every percentile: where the last one before it lies, or at the edge, which is 100.
        let isPastEdge = log10(Double(histogram.count)) > Double(decades)
        let greatest = histogram.maximumMicroseconds.map { max(1, Double($0)) }
        return line + [(x: isPastEdge ? 100 : Scale.percent(at: end), y: greatest)]
    }

    /// Never above the greatest nor below the least sample.
    private static func held(_ value: Int64, _ histogram: LatencyHistogram) -> Int64 {
        min(max(value, histogram.minimumMicroseconds ?? value), histogram.maximumMicroseconds ?? value)
    }
}
