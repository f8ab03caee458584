import Fleet
import IoTHub

/// The messages that a hub of a tier counts for a run, against its daily quota.
///
/// Reads and updates of twins count, in pieces of 4 KB (0.5 KB in the free tier), by back end and devices, and so do answers
/// to queries by their size; operations on identities and the upkeep of connections do not. How large twins get is
/// estimated.
///
/// Source: Azure IoT Hub documentation, "Azure IoT Hub billing information".
public struct MessageDemand: Sendable, Hashable {
    /// Every device's twin read and first report.
    public var ready: Int
    /// Changes and their echoes.
    public var drive: Int
    /// Twins read back, and queries.
    public var verify: Int
    /// What the tier's units permit in a day.
    public var permittedPerDay: Int
    /// How many driving on like this would take in a day.
    public var drivenPerDay: Int

    /// How long driving is to last.
    public var driving: Duration

    /// All of the run.
    public var run: Int { ready + drive + verify }

    /// Whether the run goes on for more than a day, so that its messages have several days' quotas.
    public var isLongerThanDay: Bool { driving > .seconds(86_400) }

    /// The most that one day of the run takes; of a run within a day, all of it.
    ///
    /// Days begin and end at midnight UTC wherever the run is, so getting ready or verifying may share one with a whole day
    /// of driving.
    public var busiestDay: Int { isLongerThanDay ? min(run, drivenPerDay + max(ready, verify)) : run }

    /// For how long the day's messages last when the run is started with all of them left; nil when they last for a day.
    public var lasts: Duration? {
        guard drivenPerDay > 0 else { return nil }
        let left = Double(max(0, permittedPerDay - ready))
        let seconds = left / Double(drivenPerDay) * 86_400
        return seconds < 86_400 ? .seconds(Int64(seconds)) : nil
    }

    /// - Returns: nil without limits.
    init?(of fleet: Fleet, _ planned: PlannedFleet, limits: HubLimits, configuration: RunConfiguration) {
        guard let perDay = limits.messagesPerDay else { return nil }
        let meter = limits.meterBytes
        func messages(_ bytes: Int) -> Int { max(1, (bytes + meter - 1) / meter) }
        permittedPerDay = Int(perDay)
        ready = planned.devices * 2
        driving = fleet.duration
        var largest = 0
        drive = planned.items.reduce(0) { sum, item in
            let bytes = item.example?.text.utf8.count ?? 0
            largest = max(largest, bytes)
            return sum + item.changes * (messages(bytes) + messages(bytes + Self.receivedBytes))
        }
        let seconds = fleet.duration.inSeconds
        drivenPerDay = seconds > 0 ? Int(min(Double(drive) / seconds * 86_400, 1e15)) : 0
        let tags = fleet.devices.first.map { $0.tags.text.utf8.count } ?? 0
        // Desired and reported, each with metadata that says when every property was last written.
        let twin = Self.twinBytes + tags + largest * 4
        let pages = QueryPages(of: fleet, size: configuration.queryPageSize)
        verify =
            min(planned.changedDevices, configuration.verifyLimit) * messages(twin)
            + pages.rows.reduce(0) { $0 + $1.reduce(0) { $0 + messages($1 * twin) } }
    }

    /// `DateTimeLastDesiredPropertyChangeReceived` with its value.
    private static let receivedBytes = 75
    /// A twin with nothing in it but what the hub adds, as a service reads it.
    private static let twinBytes = 700
}

/// The pages that the answers to a fleet's queries have, if the hub has no other devices that meet them.
struct QueryPages {
    /// The rows of each page, by query; an answer without rows is a page, too.
    let rows: [[Int]]

    var count: Int { rows.reduce(0) { $0 + $1.count } }

    init(of fleet: Fleet, size: Int) {
        let size = max(1, size)
        rows = fleet.queries.map { condition in
            let selected = fleet.devices.count { condition.selects($0) }
            let pages = stride(from: 0, to: selected, by: size).map { min(size, selected - $0) }
            return pages.isEmpty ? [0] : pages
        }
    }
}
