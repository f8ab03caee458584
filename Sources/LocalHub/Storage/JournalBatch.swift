import IoTHub

/// A device as the hub keeps it.
struct StoredDevice: Sendable {
    var device: Device
    var twin: TwinDocument
}

/// What has changed since the last commit: of each device and each session only the newest state.
///
/// A plain value; whoever owns it keeps writers apart.
struct JournalBatch: Sendable {
    /// The parts of a device that have changed.
    struct Parts: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        static let identity = Parts(rawValue: 1)
        static let twin = Parts(rawValue: 2)
        /// Both, as for a new device.
        static let all: Parts = [.identity, .twin]
    }

    /// A device's newest state.
    enum Change: Sendable {
        case kept(StoredDevice, Parts)
        case removed
    }

    private(set) var devices: [String: Change] = [:]
    /// Nil for a session that has ended.
    private(set) var sessions: [String: MQTTSubscriptionSet?] = [:]

    var isEmpty: Bool { devices.isEmpty && sessions.isEmpty }

    /// Takes a device's new state; of an existing device the parts that were not named are as they were.
    mutating func keep(_ stored: StoredDevice, _ parts: Parts) {
        let earlier: Parts =
            switch devices[stored.device.id] {
            case .kept(_, let parts): parts
            case .removed: .all
            case nil: []
            }
        devices[stored.device.id] = .kept(stored, parts.union(earlier))
    }

    mutating func removeDevice(_ id: String) { devices[id] = .removed }

    mutating func keepSession(_ subscriptions: MQTTSubscriptionSet?, of id: String) {
        sessions.updateValue(subscriptions, forKey: id)
    }

    /// Takes what came later over what is here.
    mutating func add(_ later: JournalBatch) {
        for (id, change) in later.devices {
            switch change {
            case .kept(let stored, let parts): keep(stored, parts)
            case .removed: removeDevice(id)
            }
        }
        sessions.merge(later.sessions) { _, later in later }
    }
}
