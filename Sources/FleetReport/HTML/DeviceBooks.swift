import FleetRunner

/// What became of each device's changes, gathered change by change: a long run has millions of them.
struct DeviceBooks: Sendable {
    /// The changes of one device.
    struct Device: Sendable {
        /// The device.
        var id: String
        /// Changes that were sent.
        fileprivate(set) var sent = 0
        /// Changes that ended as ``ChangeState/lost``.
        fileprivate(set) var lost = 0
        /// Changes that ended as ``ChangeState/rejected``.
        fileprivate(set) var rejected = 0
        /// Changes that reached the device and whose echo the hub never acknowledged.
        fileprivate(set) var unacknowledged = 0
        /// Greatest `sync` in microseconds; nil when nothing was acknowledged.
        fileprivate(set) var slowestMicroseconds: Int64?
        /// Each `sync` in microseconds, held within 71 minutes: half the memory of what can be longer.
        fileprivate var syncs: [UInt32] = []

        /// Changes that did not come back.
        var missed: Int { lost + rejected + unacknowledged }

        /// Changes that came back.
        var acknowledged: Int { syncs.count }

        /// The `sync` in microseconds that so many percent of the device's changes were within (nearest rank).
        func sync(percentile: Int) -> Int64? {
            let value = NearestRank.value(percentile, of: syncs.sorted())
            return value == UInt32.max ? slowestMicroseconds : value.map(Int64.init)
        }
    }

    private var places: [String: Int] = [:]
    private var devices: [Device] = []

    /// Creates empty books.
    init() {}

    /// Gathers from all changes of a run.
    init(_ changes: some Sequence<ChangeRecord>) {
        for change in changes { add(change) }
    }

    /// Adds one change.
    mutating func add(_ change: ChangeRecord) {
        let place: Int
        if let known = places[change.deviceID] {
            place = known
        } else {
            place = devices.count
            places[change.deviceID] = place
            devices.append(Device(id: change.deviceID))
        }
        devices[place].sent += 1
        switch change.state {
        case .lost: devices[place].lost += 1
        case .rejected: devices[place].rejected += 1
        case .delivered, .caughtUp: if change.acknowledgedMicroseconds == nil { devices[place].unacknowledged += 1 }
        case .superseded: break
        }
        guard let sync = change.syncMicroseconds else { return }
        devices[place].slowestMicroseconds = max(devices[place].slowestMicroseconds ?? sync, sync)
        devices[place].syncs.append(UInt32(clamping: sync))
    }

    /// The devices with the greatest 99th percentile of `sync`, slowest first.
    func slowest(_ count: Int) -> [Device] {
        let ranked = devices.compactMap { device in device.sync(percentile: 99).map { (device, $0) } }
        let sorted = ranked.sorted { left, right in
            if left.1 != right.1 { return left.1 > right.1 }
            let (one, other) = (left.0.slowestMicroseconds ?? 0, right.0.slowestMicroseconds ?? 0)
            return one == other ? left.0.id < right.0.id : one > other
        }
        return sorted.prefix(count).map(\.0)
    }

    /// The devices with the most changes that did not come back, and how many devices have any.
    func unanswered(_ count: Int) -> (devices: [Device], total: Int) {
        let some = devices.filter { $0.missed > 0 }
        let sorted = some.sorted { $0.missed == $1.missed ? $0.id < $1.id : $0.missed > $1.missed }
        return (Array(sorted.prefix(count)), some.count)
    }
}

extension ChangeRecord {
    /// Intended to acknowledged, in microseconds; nil when the change did not come back.
    var syncMicroseconds: Int64? {
        guard deliveredMicroseconds != nil, let acknowledgedMicroseconds else { return nil }
        return acknowledgedMicroseconds - intendedMicroseconds
    }
}
