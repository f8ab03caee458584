import FleetRunner

/// `changes.csv`: a row per change that was sent.
///
/// Times with `_us` are microseconds since the start of driving on one monotonic clock; `$lastUpdated` is the hub's wall
/// clock, `DateTimeLastDesiredPropertyChangeReceived` the device's. An empty field means that it did not happen or is
/// not known.
enum ChangesCSV {
    static let columns = [
        "device", "$version", "intended_us", "sent_us", "accepted_us", "delivered_us", "echoed_us", "acknowledged_us",
        "$lastUpdated", "DateTimeLastDesiredPropertyChangeReceived", "state", "workload_item", "duplicates",
        "out_of_order",
    ]

    /// Writes header and rows in pieces of about 64 KiB: a long run has millions of rows.
    ///
    /// - Parameters:
    ///   - changes: the changes.
    ///   - sink: takes the pieces.
    ///   - gather: is shown every change.
    /// - Throws: what the sink throws.
    static func write(
        _ changes: ChangeLog,
        to sink: ([UInt8]) throws -> Void,
        gather: (ChangeRecord) -> Void = { _ in }
    ) throws {
        var csv = CSV(header: columns)
        for change in changes {
            gather(change)
            csv.add(change.deviceID)
            csv.add(change.version)
            csv.add(change.intendedMicroseconds)
            csv.add(change.sentMicroseconds)
            csv.add(change.acceptedMicroseconds)
            csv.add(change.deliveredMicroseconds)
            csv.add(change.echoedMicroseconds)
            csv.add(change.acknowledgedMicroseconds)
            csv.add(epochMicroseconds: change.lastUpdatedEpochMicroseconds)
            csv.add(epochMicroseconds: change.receivedEpochMicroseconds)
            csv.add(change.state.name)
            csv.add(change.workloadItem)
            csv.add(change.duplicates)
            csv.add(change.outOfOrder ? 1 : 0)
            csv.endRow()
            if csv.bytes.count > 65_536 { try sink(csv.take()) }
        }
        try sink(csv.take())
    }
}
