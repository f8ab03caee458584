public import Fleet
public import IoTHub

/// A fleet as its file expands: what there is of what.
public struct PlannedFleet: Sendable, Hashable {
    /// A number of devices that have something in common.
    public struct Count: Sendable, Hashable {
        /// What they have in common; for templates the first and the last id.
        public var name: String
        /// Devices.
        public var devices: Int
    }

    /// An item of the workload.
    public struct Item: Sendable, Hashable {
        /// How often it changes devices.
        public var pace: WorkloadItem.Pace
        /// The devices that it goes to.
        public var devices: Int
        /// The changes that it makes in the whole run.
        public var changes: Int
        /// Its first change's desired properties; nil when the run is too short for one.
        public var example: JSONObject?
    }

    /// A change of the schedule.
    public struct Change: Sendable, Hashable {
        /// When it is meant to be sent, counted from the start of driving.
        public var intended: Duration
        /// The device's id.
        public var deviceID: String
        /// What it sets in the desired properties.
        public var desired: JSONObject
    }

    /// All devices.
    public var devices: Int
    /// The first ids, in the file's order; at most 5.
    public var firstIDs: [String]
    /// By entry of the file's `devices`, in its order.
    public var templates: [Count]
    /// By declared transport, in the order of `TransportType.allCases`.
    public var transports: [Count]
    /// By what they report as connectivity, most first; those that report none are in none.
    public var connectivity: [Count]
    /// By how they prove who they are: "sas", "x509 selfSigned", "x509 ca".
    public var authentication: [Count]
    /// The workload's items, in the file's order.
    public var items: [Item]
    /// The first changes of the schedule; at most 3.
    public var firstChanges: [Change]
    /// All changes of the schedule.
    public var changes: Int
    /// Changes per second on average.
    public var changesPerSecond: Double
    /// Devices that are changed at least once.
    public var changedDevices: Int

    /// Counts a fleet and the changes of its schedule; where that has each item's first ones only, the numbers of changes
    /// and of changed devices are those to be expected.
    init(of fleet: Fleet, _ schedule: Schedule) {
        devices = fleet.devices.count
        firstIDs = fleet.devices.prefix(5).map(\.id)
        templates = Self.templates(of: fleet)
        let transports = Self.counts(of: fleet) { $0.transport.rawValue }
        self.transports = TransportType.allCases.compactMap { transport in
            transports.first { $0.name == transport.rawValue }
        }
        connectivity = Self.counts(of: fleet) { $0.connectivity }
        authentication = Self.counts(of: fleet) { $0.auth.x509.map { "x509 \($0.kind.rawValue)" } ?? "sas" }
        let expected = schedule.isWhole ? [] : Schedule.expectedCounts(of: fleet)
        changes = schedule.isWhole ? schedule.changes.count : Schedule.whole(expected.reduce(0, +))
        changesPerSecond = fleet.duration > .zero ? Double(changes) / fleet.duration.inSeconds : 0
        var counts = Array(repeating: 0, count: fleet.workload.count)
        var first: [PlannedChange?] = Array(repeating: nil, count: fleet.workload.count)
        var isChanged = Array(repeating: false, count: fleet.devices.count)
        for change in schedule.changes {
            let item = Int(change.item)
            if first[item] == nil { first[item] = change }
            counts[item] += 1
            // Of a schedule that is not whole these are not all, and which are is not known before it is shuffled.
            if schedule.isWhole { isChanged[Int(change.device)] = true }
        }
        for (item, count) in expected.enumerated() {
            counts[item] = Schedule.whole(count)
            for device in fleet.workload[item].devices.prefix(counts[item]) { isChanged[device] = true }
        }
        items = fleet.workload.enumerated().map { index, item in
            Item(
                pace: item.pace,
                devices: item.devices.count,
                changes: counts[index],
                example: first[index].map { schedule.desired(of: $0, in: fleet) }
            )
        }
        changedDevices = isChanged.count { $0 }
        firstChanges = schedule.changes.prefix(FleetPlan.shownChanges).map { change in
            Change(
                intended: .microseconds(change.intended),
                deviceID: fleet.devices[Int(change.device)].id,
                desired: schedule.desired(of: change, in: fleet)
            )
        }
    }

    /// A template numbers its devices from 0, so each 0 begins the next entry of the file.
    private static func templates(of fleet: Fleet) -> [Count] {
        var templates: [Count] = []
        var first = ""
        for device in fleet.devices {
            if device.index == 0 || templates.isEmpty {
                first = device.id
                templates.append(Count(name: first, devices: 1))
            } else {
                templates[templates.count - 1].devices += 1
                templates[templates.count - 1].name = "\(first) … \(device.id)"
            }
        }
        return templates
    }

    private static func counts(of fleet: Fleet, _ name: (FleetDevice) -> String?) -> [Count] {
        var counts: [String: Int] = [:]
        for case let name? in fleet.devices.lazy.map(name) { counts[name, default: 0] += 1 }
        return counts.map { Count(name: $0.key, devices: $0.value) }
            .sorted { ($1.devices, $0.name) < ($0.devices, $1.name) }
    }
}
