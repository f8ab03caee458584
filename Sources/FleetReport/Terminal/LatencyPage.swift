import FleetRunner

/// The table of latencies: each metric overall, and under it by transport, by connectivity and by tags.
struct LatencyPage {
    /// Groups of one dimension that are shown; a tag can have thousands of values.
    static let maximumGroups = 8

    private static let percentiles = [50, 90, 99, 99.9]
    private static let columns = ["p50", "p90", "p99", "p99.9", "max"]
    private static let countWidth = 9

    private let tables: [LatencyTable]
    /// Figures as wide as the page allows; names have the rest.
    private let figureWidth: Int
    private let nameWidth: Int

    init(tables: [LatencyTable], width: Int) {
        self.tables = tables
        // Of "-123 ms" there must be room, and a space.
        figureWidth = width < 90 ? 8 : 10
        nameWidth = min(38, width - 2 - Self.countWidth - Self.columns.count * figureWidth)
    }

    func add(to page: inout Page) {
        page.heading(
            Format.left("latency", nameWidth + 2) + Format.right("count", Self.countWidth)
                + Self.columns.map { Format.right($0, figureWidth) }.joined()
        )
        var isEmpty = true
        for metric in LatencyMetric.allCases {
            for table in tables {
                let isOverall = table.dimension == "overall"
                // A dimension with one value says nothing that the overall row does not say.
                guard isOverall || table.groups.count > 1 else { continue }
                for (group, histogram) in Self.slowest(Self.maximumGroups, of: table, metric).groups {
                    isEmpty = false
                    let name = isOverall ? metric.rawValue : "  \(Self.label(table)) \(group.name)"
                    page.line(row(name, histogram))
                }
                let count = table.groups.count { $0.histograms[metric] != nil }
                if count > Self.maximumGroups {
                    page.line("    \(Self.label(table)): the slowest \(Self.maximumGroups) of \(Format.count(count))")
                }
            }
        }
        if isEmpty { page.line("  no change reached a device") }
    }

    /// A tag's path without the word that all of them begin with.
    private static func label(_ table: LatencyTable) -> Substring { table.dimension.trimmingPrefix("tags.") }

    /// The groups with samples, in order; of too many, those with the greatest 99th percentile.
    static func slowest(
        _ maximum: Int,
        of table: LatencyTable,
        _ metric: LatencyMetric
    ) -> (groups: [(LatencyGroup, LatencyHistogram)], leftOut: Int) {
        let filled = table.groups.compactMap { group in
            group.histograms[metric].flatMap { $0.count > 0 ? (group, $0) : nil }
        }
        guard filled.count > maximum else { return (filled, 0) }
        let tails = filled.map { $0.1.percentile(99) ?? 0 }
        let slowest = filled.indices.sorted { left, right in
            tails[left] == tails[right] ? left < right : tails[left] > tails[right]
        }
        return (slowest.prefix(maximum).sorted().map { filled[$0] }, filled.count - maximum)
    }

    private func row(_ name: String, _ histogram: LatencyHistogram) -> String {
        let figures = Self.percentiles.map { histogram.percentile($0) } + [histogram.maximumMicroseconds]
        return "  " + Format.left(Format.shortened(name, to: nameWidth), nameWidth)
            + Format.right(Format.count(histogram.count), Self.countWidth)
            + figures.map { Format.right(Format.time(microseconds: $0), figureWidth) }.joined()
    }
}
