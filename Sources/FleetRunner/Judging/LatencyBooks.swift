import Fleet
import IoTHub

/// Sorts the latencies of all changes into histograms: overall, by transport, by the active one where devices have fallen
/// back, by connectivity, by tags.
struct LatencyBooks {
    private struct Dimension {
        var name: String
        /// The group of each device, as a place in `groups`.
        var groupOfDevice: [Int]
        var groups: [LatencyGroup]
    }

    /// Groups of a dimension that are kept apart; the devices of all others are one group.
    static let maximumGroups = 200
    /// The name of that group.
    static let others = "(others)"

    private var dimensions: [Dimension]

    /// Prepares empty histograms.
    /// - Parameters:
    ///   - fleet: the fleet.
    ///   - transports: those of its devices, in its order.
    init(fleet: Fleet, transports: [TransportUse.Device]) {
        let devices = fleet.devices
        var dimensions = [
            Self.dimension("overall", devices) { _ in "all" },
            Self.dimension("transport", devices) { $0.transport.rawValue },
            Self.dimension("connectivity", devices) { $0.connectivity ?? "-" },
        ]
        if transports.contains(where: TransportUse.isFallback) {
            let active = Self.dimension("active_transport", transports) { $0.active?.rawValue ?? "-" }
            dimensions.insert(active, at: 2)
        }
        for path in fleet.latencyTags {
            dimensions.append(Self.dimension(path, devices) { Self.tag(path, of: $0) })
        }
        self.dimensions = dimensions
    }

    /// Adds what is known of one change.
    /// - Parameters:
    ///   - entry: the change.
    ///   - device: its device's place in the fleet.
    ///   - intended: when it was to be sent, on the clock of the entry.
    mutating func add(_ entry: ChangeEntry, device: Int, intended: Int64) {
        var samples: [(LatencyMetric, Int64)] = []
        if entry.delivered > 0 {
            samples.append((.delivery, entry.delivered - intended))
            samples.append((.deliveryFromSent, entry.delivered - entry.sent))
            if entry.lastUpdatedEpoch > 0 {
                samples.append((.hubToDevice, entry.receivedEpoch - entry.lastUpdatedEpoch))
            }
            if entry.acknowledged > 0 {
                samples.append((.echo, entry.acknowledged - entry.delivered))
                samples.append((.sync, entry.acknowledged - intended))
            }
        }
        guard !samples.isEmpty else { return }
        for index in dimensions.indices {
            let group = dimensions[index].groupOfDevice[device]
            for (metric, value) in samples {
                dimensions[index].groups[group].histograms[metric, default: LatencyHistogram()]
                    .record(microseconds: value)
            }
        }
    }

    /// The tables, "overall" first.
    var tables: [LatencyTable] { dimensions.map { LatencyTable(dimension: $0.name, groups: $0.groups) } }

    private static func dimension<Device>(
        _ name: String,
        _ devices: [Device],
        _ value: (Device) -> String
    ) -> Dimension {
        var values = devices.map(value)
        let sizes = values.reduce(into: [:]) { sizes, value in sizes[value, default: 0] += 1 }
        if sizes.count > maximumGroups {
            // Those with the most devices, and among equals the first by name.
            let ranked = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let kept = Set(ranked.prefix(maximumGroups - 1).map(\.key))
            values = values.map { kept.contains($0) ? $0 : others }
        }
        let names = Set(values).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var groups = names.map { LatencyGroup(name: $0, devices: 0) }
        let groupOfDevice = values.map { places[$0, default: 0] }
        for group in groupOfDevice { groups[group].devices += 1 }
        return Dimension(name: name, groupOfDevice: groupOfDevice, groups: groups)
    }

    /// A tag's value as text; "-" when the device has none.
    private static func tag(_ path: String, of device: FleetDevice) -> String {
        var value = JSON.object(device.tags)
        for name in path.split(separator: ".").dropFirst() {
            guard let member = value[String(name)] else { return "-" }
            value = member
        }
        return value.stringValue ?? value.text
    }
}
