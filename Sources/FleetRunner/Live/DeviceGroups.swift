import Fleet
import IoTHub

/// The fleet's devices by what they declare: transport and connectivity.
struct DeviceGroups: Sendable {
    /// What the devices of a group share.
    struct Key: Hashable {
        var transport: TransportType
        var connectivity: String?
    }

    /// The groups, by transport in the order of `allCases`, then by connectivity.
    let keys: [Key]
    /// Devices in each group.
    let sizes: [Int]
    /// The group of each device, as a place in ``keys``.
    let groupOfDevice: [Int]

    init(of fleet: Fleet) {
        let keyOfDevice = fleet.devices.map { Key(transport: $0.transport, connectivity: $0.connectivity) }
        let order = Dictionary(uniqueKeysWithValues: TransportType.allCases.enumerated().map { ($1, $0) })
        keys = Set(keyOfDevice).sorted {
            (order[$0.transport, default: 0], $0.connectivity ?? "")
                < (order[$1.transport, default: 0], $1.connectivity ?? "")
        }
        let places = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
        groupOfDevice = keyOfDevice.map { places[$0, default: 0] }
        var sizes = Array(repeating: 0, count: keys.count)
        for group in groupOfDevice { sizes[group] += 1 }
        self.sizes = sizes
    }

    var count: Int { keys.count }
}
