import FleetRunner

/// The transports side by side: devices, changes, and the latencies that are asked for most.
struct TransportPage {
    private static let metrics: [LatencyMetric] = [.delivery, .echo, .sync]
    private static let nameWidth = 20
    private static let devicesWidth = 9
    private static let changesWidth = 10
    private static let medianWidth = 10
    private static let tailWidth = 9

    let tables: [LatencyTable]

    /// A narrow page has not all the latencies; each of them is in the table of latencies, too.
    private static func metrics(_ width: Int) -> ArraySlice<LatencyMetric> {
        let room = width - 2 - nameWidth - devicesWidth - changesWidth
        return metrics.prefix(max(1, room / (medianWidth + tailWidth)))
    }

    func add(to page: inout Page) {
        guard let table = tables.first(where: { $0.dimension == "transport" }), table.groups.count > 1 else { return }
        page.heading(
            Format.left("by transport", Self.nameWidth + 2) + Format.right("devices", Self.devicesWidth)
                + Format.right("changes", Self.changesWidth)
                + Self.metrics(page.width)
                .map { Format.right("\($0.rawValue) p50 / p99", Self.medianWidth + Self.tailWidth) }.joined()
        )
        for group in table.groups { page.line("  " + row(group, Self.metrics(page.width))) }
    }

    private func row(_ group: LatencyGroup, _ metrics: ArraySlice<LatencyMetric>) -> String {
        let figures = metrics.map { metric in
            let histogram = group.histograms[metric]
            return Format.right(Format.time(microseconds: histogram?.percentile(50)), Self.medianWidth)
                + Format.right(Format.time(microseconds: histogram?.percentile(99)), Self.tailWidth)
        }
        return Format.left(group.name, Self.nameWidth) + Format.right(Format.count(group.devices), Self.devicesWidth)
            + Format.right(Format.count(group.histograms[.delivery]?.count ?? 0), Self.changesWidth)
            + figures.joined()
    }
}
