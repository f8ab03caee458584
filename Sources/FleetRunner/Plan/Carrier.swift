import Fleet
import IoTHub

/// What carries a device's traffic, and so what it costs: the protocol, TCP or a WebSocket, and whether it is shared.
public enum Carrier: String, Sendable, Hashable, CaseIterable {
    case mqtt = "MQTT"
    case mqttWebSocket = "MQTT, WebSocket"
    case amqp = "AMQP"
    case amqpWebSocket = "AMQP, WebSocket"
    case sharedAMQP = "AMQP, shared"
    case sharedAMQPWebSocket = "AMQP, WebSocket, shared"

    /// What carries a device where TCP gets through.
    init(of device: FleetDevice, in fleet: Fleet) {
        let isShared = (fleet.amqpPool ?? 0) > 0 && device.auth == .sas
        switch device.transport {
        case .mqtt, .mqttTcpOnly: self = .mqtt
        case .amqp, .amqpTcpOnly: self = isShared ? .sharedAMQP : .amqp
        case .amqpWebSocketOnly: self = isShared ? .sharedAMQPWebSocket : .amqpWebSocket
        // No fleet file can ask for HTTP, which knows no twins.
        case .mqttWebSocketOnly, .http1: self = .mqttWebSocket
        }
    }

    /// Whether many devices share a connection.
    public var isShared: Bool { self == .sharedAMQP || self == .sharedAMQPWebSocket }

    /// What it becomes where TCP does not get through.
    var overWebSocket: Carrier {
        switch self {
        case .mqtt, .mqttWebSocket: .mqttWebSocket
        case .amqp, .amqpWebSocket: .amqpWebSocket
        case .sharedAMQP, .sharedAMQPWebSocket: .sharedAMQPWebSocket
        }
    }

    /// The service of the hub that it connects to: each is an address of its own, with source ports of its own.
    public var service: HubService {
        switch self {
        case .mqtt: .mqtt
        case .amqp, .sharedAMQP: .amqp
        case .mqttWebSocket, .amqpWebSocket, .sharedAMQPWebSocket: .https
        }
    }
}

/// A port of a hub.
public enum HubService: String, Sendable, Hashable, CaseIterable {
    case mqtt = "MQTT"
    case amqp = "AMQP"
    /// WebSockets and the service API.
    case https = "HTTPS"
}

/// What was measured of a device over a carrier, so that a plan can say what a fleet takes.
///
/// Source: README.md, "How fast it is": `scripts/bench --devices 2000` on two processors; shared connections with 10,000
/// devices, 100 to a connection. The hub's side is the growth of its greatest resident memory from 500 to 1,500 devices in
/// `twinfleet run`.
public struct DeviceCost: Sendable, Hashable {
    /// Files of the runner for each connection.
    public var filesPerConnection: Int
    /// Memory of the runner for each device, in bytes.
    public var runnerBytes: Int64
    /// Memory of the local hub for each device, in bytes.
    public var localHubBytes: Int64
    /// Connections that the runner and a local hub on the same machine made in a second.
    public var connectsPerSecond: Double

    /// What was measured over a carrier.
    public static func measured(_ carrier: Carrier) -> DeviceCost {
        switch carrier {
        case .mqtt: DeviceCost(files: 1, runner: 25.6, hub: 24.6, connects: 1381)
        // libmosquitto knows no WebSockets: both ends of a pair lie between it and the socket.
        case .mqttWebSocket: DeviceCost(files: 3, runner: 26.9, hub: 25.7, connects: 1153)
        case .amqp: DeviceCost(files: 1, runner: 72.5, hub: 70.0, connects: 988)
        case .amqpWebSocket: DeviceCost(files: 1, runner: 73.5, hub: 71.7, connects: 928)
        // Shared WebSockets were not measured by themselves; with 100 devices on one it hardly weighs.
        case .sharedAMQP, .sharedAMQPWebSocket: DeviceCost(files: 1, runner: 16.8, hub: 17.7, connects: 3242)
        }
    }

    private init(files: Int, runner kilobytes: Double, hub hubKilobytes: Double, connects: Double) {
        filesPerConnection = files
        runnerBytes = Int64(kilobytes * 1024)
        localHubBytes = Int64(hubKilobytes * 1024)
        connectsPerSecond = connects
    }

    /// Files that a run needs besides its connections: standard streams, lanes, the back end's connections, reports; and
    /// a local hub: ports, threads' event files, the back end's connections.
    static let fileReserve = 96
    /// Memory of the runner and of a local hub without devices, in bytes, as those runs show.
    static let runnerBaseBytes: Int64 = 54 * 1024 * 1024
    static let localHubBaseBytes: Int64 = 46 * 1024 * 1024
    /// Memory of the runner for each change, which stays in its books to the end, in bytes: the growth of its greatest
    /// resident memory from 1,000 to 80,000 changes.
    static let bytesPerChange: Int64 = 304
}
