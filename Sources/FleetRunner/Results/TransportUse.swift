public import IoTHub

/// Over what the devices of one declared transport reached the hub.
public struct TransportUse: Sendable, Hashable {
    /// Devices that one transport carried.
    public struct Route: Sendable, Hashable {
        /// One of the transports with `Only` in their names.
        public var transport: TransportType
        /// The devices that it carries, or last carried.
        public var devices: Int

        /// Creates a route.
        public init(transport: TransportType, devices: Int) {
            self.transport = transport
            self.devices = devices
        }
    }

    /// What one device declares, and over what it reaches, or last reached, the hub; nil when it never did.
    typealias Device = (declared: TransportType, active: TransportType?)

    /// What the fleet file declares.
    public var declared: TransportType
    /// Devices that declare it.
    public var devices: Int
    /// Over what they reached the hub; devices that never did are in none.
    public var routes: [Route]

    /// Creates a use.
    public init(declared: TransportType, devices: Int, routes: [Route]) {
        self.declared = declared
        self.devices = devices
        self.routes = routes
    }

    /// Counts what became of devices.
    /// - Parameter devices: what each declares, and over what it reached the hub; nil for one that never did.
    /// - Returns: the transports that are declared, by name.
    static func count(_ devices: some Sequence<Device>) -> [TransportUse] {
        var totals: [TransportType: Int] = [:]
        var counts: [TransportType: [TransportType: Int]] = [:]
        for device in devices {
            totals[device.declared, default: 0] += 1
            if let active = device.active { counts[device.declared, default: [:]][active, default: 0] += 1 }
        }
        return totals.sorted { $0.key.rawValue < $1.key.rawValue }.map { declared, total in
            let routes = counts[declared, default: [:]].sorted { $0.key.rawValue < $1.key.rawValue }
                .map { Route(transport: $0.key, devices: $0.value) }
            return TransportUse(declared: declared, devices: total, routes: routes)
        }
    }

    /// Whether the device had a choice, and it was not TCP.
    static func isFallback(_ declared: TransportType, _ active: TransportType?) -> Bool {
        switch (declared, active) {
        case (.mqtt, .mqttWebSocketOnly?), (.amqp, .amqpWebSocketOnly?): true
        default: false
        }
    }

    /// Whether the devices had a choice of what to reach the hub over.
    public var hasChoice: Bool { declared == .mqtt || declared == .amqp }

    /// Devices that reached the hub over a WebSocket because TCP did not get through.
    public var fallbacks: Int { routes.reduce(0) { $0 + (Self.isFallback(declared, $1.transport) ? $1.devices : 0) } }
}
