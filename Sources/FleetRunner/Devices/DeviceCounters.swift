import NIOConcurrencyHelpers

/// Counts how far the devices of each group have come.
final class DeviceCounters: Sendable {
    struct Counts: Sendable, Hashable {
        /// Devices connected now.
        var connected = 0
        /// Connections that came back after a loss.
        var reconnects = 0
        /// Devices that got ready.
        var ready = 0
        /// Devices that will not get ready.
        var failed = 0

        static func + (left: Counts, right: Counts) -> Counts {
            Counts(
                connected: left.connected + right.connected,
                reconnects: left.reconnects + right.reconnects,
                ready: left.ready + right.ready,
                failed: left.failed + right.failed
            )
        }
    }

    private let groups: DeviceGroups
    private let counts: NIOLockedValueBox<[Counts]>

    init(groups: DeviceGroups) {
        self.groups = groups
        counts = NIOLockedValueBox(Array(repeating: Counts(), count: groups.count))
    }

    /// The counts of each group now.
    var byGroup: [Counts] { counts.withLockedValue { $0 } }
    /// The counts of all devices now.
    var total: Counts { byGroup.reduce(Counts(), +) }

    /// Counts something that a device did.
    func change(device: Int, _ body: (inout Counts) -> Void) {
        counts.withLockedValue { body(&$0[groups.groupOfDevice[device]]) }
    }
}
