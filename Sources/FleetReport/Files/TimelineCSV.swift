import FleetRunner

/// `timeline.csv`: a row per second from the start of driving.
enum TimelineCSV {
    static let columns = [
        "second", "intended", "sent", "accepted", "rejected", "delivered", "acknowledged", "in_flight", "connected",
        "reconnects", "delivery_p50_us", "delivery_p99_us", "sync_p50_us", "sync_p99_us", "cpu_s", "resident_bytes",
    ]

    static func bytes(_ rows: [TimelineRow]) -> [UInt8] {
        var csv = CSV(header: columns)
        for row in rows {
            csv.add(row.second)
            for count in [
                row.intended, row.sent, row.accepted, row.rejected, row.delivered, row.acknowledged, row.inFlight,
                row.connected, row.reconnects,
            ] { csv.add(count) }
            csv.add(row.deliveryP50Microseconds)
            csv.add(row.deliveryP99Microseconds)
            csv.add(row.syncP50Microseconds)
            csv.add(row.syncP99Microseconds)
            csv.add(row.cpuSeconds)
            csv.add(row.residentBytes)
            csv.endRow()
        }
        return csv.take()
    }
}
