import FleetRunner

/// The tables of latencies: overall, and by transport, connectivity and tags.
enum ReportLatencies {
    private static let percentiles = [50, 90, 99, 99.9]

    static func html(_ result: RunResult) -> HTML {
        let tables = result.latencies.compactMap { table in table.dimension == "overall" ? overall(table) : by(table) }
        guard tables.contains(where: { !$0.isEmpty }) else { return "<p>No change reached a device.</p>" }
        var notes: [HTML] = [
            "<p class=\"note\">delivery: intended → delivered; delivery_from_sent: sent → delivered; hub_to_device: the hub's "
                + "$lastUpdated → the device's DateTimeLastDesiredPropertyChangeReceived; echo: delivered → acknowledged; "
                + "sync: intended → acknowledged.</p>"
        ]
        if result.clocks.hubToDeviceSamples > 0 {
            notes.append("<p class=\"note\">hub_to_device: \(result.clocks.explanation).</p>")
        }
        if let negative = result.overall(.hubToDevice)?.negativeCount, negative > 0 {
            notes.append("<p class=\"note\">\(Format.count(negative)) below zero: the two clocks disagree.</p>")
        }
        return HTML(tables + notes)
    }

    private static func overall(_ table: LatencyTable) -> HTML {
        var rows = HTMLTable(columns("latency", "changes"))
        for group in table.groups {
            for metric in LatencyMetric.allCases {
                guard let histogram = group.histograms[metric], histogram.count > 0 else { continue }
                rows.add(["\(metric.rawValue)"] + figures(histogram))
            }
        }
        return rows.isEmpty ? "" : rows.html
    }

    /// A dimension with one value says nothing that the table of all does not say.
    private static func by(_ table: LatencyTable) -> HTML? {
        guard table.groups.count > 1 else { return nil }
        var rows = HTMLTable([("", .text), ("devices", .number)] + columns("", "changes").dropFirst())
        var leftOut = 0
        for metric in LatencyMetric.allCases {
            let slowest = LatencyPage.slowest(HTMLReport.maximumRows, of: table, metric)
            leftOut = max(leftOut, slowest.leftOut)
            rows.begin("\(metric.rawValue)")
            for (group, histogram) in slowest.groups {
                rows.add([HTML.breakable(group.name), "\(Format.count(group.devices))"] + figures(histogram))
            }
        }
        guard !rows.isEmpty else { return nil }
        let note: HTML =
            leftOut > 0
            ? "<p class=\"note\">of each latency the slowest \(HTMLReport.maximumRows) (p99); summary.json has the other "
                + "\(Format.count(leftOut)), too</p>" : ""
        return "<h3>by \(table.dimension)</h3>\n\(rows.html)\(note)"
    }

    private static func columns(_ name: String, _ count: String) -> [(String, HTMLTable.Kind)] {
        [(name, .word), (count, .number)] + ["p50", "p90", "p99", "p99.9", "max"].map { ($0, .number) }
    }

    private static func figures(_ histogram: LatencyHistogram) -> [HTML] {
        let times = percentiles.map { histogram.percentile($0) } + [histogram.maximumMicroseconds]
        return ["\(Format.count(histogram.count))"] + times.map { "\(Format.time(microseconds: $0))" }
    }
}
