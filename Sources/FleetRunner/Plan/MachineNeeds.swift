import Fleet
import IoTHub

/// What a fleet takes of the machine that runs it, all of its connections open at once.
public struct MachineNeeds: Sendable, Hashable {
    /// What the devices of one carrier take.
    public struct Share: Sendable, Hashable {
        /// What carries them.
        public var carrier: Carrier
        /// Devices.
        public var devices: Int
        /// Those of them that fall back to a WebSocket where TCP does not get through.
        public var devicesWithChoice: Int
        /// Their connections.
        public var connections: Int
        /// Files of the runner.
        public var files: Int
        /// Memory of the runner, in bytes.
        public var memoryBytes: Int64
    }

    /// What a process takes.
    public struct Process: Sendable, Hashable {
        /// Open files, reserve included.
        public var openFiles: Int
        /// Memory, in bytes.
        public var memoryBytes: Int64
    }

    /// By carrier, in their order; only those that there are.
    public var shares: [Share]
    /// What the runner takes.
    public var runner: Process
    /// What the local hub's process takes beside it; nil with another hub.
    public var localHub: Process?
    /// Open files of the runner when every device that can fall back to a WebSocket does.
    public var openFilesAfterFallback: Int
    /// The books of the changes, in bytes; they are within ``runner``.
    public var bookBytes: Int64
    /// Connections to each service of the hub, and so source ports.
    public var connections: [HubService: Int]
    /// The same when every device that can fall back to a WebSocket does.
    public var connectionsAfterFallback: [HubService: Int]
    /// Devices of the fleet.
    public var devices: Int

    /// Computes what a fleet takes.
    /// - Parameters:
    ///   - fleet: the fleet.
    ///   - changes: the changes that its schedule has.
    ///   - lanes: over how many lanes its devices are dealt: a shared connection belongs to one.
    init(of fleet: Fleet, changes: Int, lanes: Int) {
        let connections = FleetConnections(of: fleet, lanes: lanes)
        shares = Carrier.allCases.compactMap { carrier in
            guard let devices = connections.devices[carrier], devices > 0 else { return nil }
            let cost = DeviceCost.measured(carrier)
            let count = connections.connections[carrier, default: 0]
            return Share(
                carrier: carrier,
                devices: devices,
                devicesWithChoice: connections.devicesWithChoice[carrier, default: 0],
                connections: count,
                files: count * cost.filesPerConnection,
                memoryBytes: Int64(devices) * cost.runnerBytes
            )
        }
        devices = fleet.devices.count
        bookBytes = Int64(changes) * DeviceCost.bytesPerChange
        runner = Process(
            openFiles: shares.reduce(DeviceCost.fileReserve) { $0 + $1.files },
            memoryBytes: shares.reduce(DeviceCost.runnerBaseBytes + bookBytes) { $0 + $1.memoryBytes }
        )
        if fleet.hub.address == .local {
            localHub = Process(
                openFiles: shares.reduce(DeviceCost.fileReserve) { $0 + $1.connections },
                memoryBytes: shares.reduce(DeviceCost.localHubBaseBytes) {
                    $0 + Int64($1.devices) * DeviceCost.measured($1.carrier).localHubBytes
                }
            )
        }
        self.connections = connections.byService(\.connections)
        let fallen = FleetConnections(of: fleet, lanes: lanes, fallsBack: true)
        connectionsAfterFallback = fallen.byService(\.connections)
        openFilesAfterFallback = fallen.connections.reduce(DeviceCost.fileReserve) {
            $0 + $1.value * DeviceCost.measured($1.key).filesPerConnection
        }
    }
}

/// The connections of a fleet, by what carries them.
struct FleetConnections {
    var devices: [Carrier: Int] = [:]
    var devicesWithChoice: [Carrier: Int] = [:]
    var connections: [Carrier: Int] = [:]

    /// Counts the connections of a fleet, where `fallsBack` says that TCP does not get through, so that devices with a
    /// choice use WebSockets.
    init(of fleet: Fleet, lanes: Int, fallsBack: Bool = false) {
        let lanes = max(1, lanes)
        var sharing = Array(repeating: [Carrier: Int](), count: lanes)
        for (index, device) in fleet.devices.enumerated() {
            var carrier = Carrier(of: device, in: fleet)
            let hasChoice = device.transport == .mqtt || device.transport == .amqp
            if fallsBack, hasChoice { carrier = carrier.overWebSocket }
            devices[carrier, default: 0] += 1
            if hasChoice { devicesWithChoice[carrier, default: 0] += 1 }
            if carrier.isShared {
                sharing[index % lanes][carrier, default: 0] += 1
            } else {
                connections[carrier, default: 0] += 1
            }
        }
        // As the clients do it: each lane may have so many connections of each kind as all of its devices would need.
        let perConnection = max(1, fleet.amqpPool ?? 1)
        for counts in sharing {
            let most = (counts.values.reduce(0, +) + perConnection - 1) / perConnection
            for (carrier, count) in counts { connections[carrier, default: 0] += min(count, most) }
        }
    }

    func byService(_ counts: KeyPath<FleetConnections, [Carrier: Int]>) -> [HubService: Int] {
        var services: [HubService: Int] = [:]
        for (carrier, count) in self[keyPath: counts] { services[carrier.service, default: 0] += count }
        return services
    }
}
