import IoTHub
import TestKit

@testable import LocalHub

/// A device of a hub, over any of the four transports.
enum CountedDevice {
    case mqtt(MQTTTestClient)
    case amqp(AMQPTestDevice)

    static let transports: [TransportType] = [.amqpTcpOnly, .amqpWebSocketOnly, .mqttTcpOnly, .mqttWebSocketOnly]

    /// Connects a device, which is registered if it is not.
    init(_ id: String, of test: TestHub, over transport: TransportType) async throws {
        switch transport {
        case .amqpTcpOnly: self = .amqp(try await test.attachOverTCP(id))
        case .amqpWebSocketOnly: self = .amqp(try await test.attachOverWebSocket(id))
        case .mqttTcpOnly: self = .mqtt(try await test.connectOverTCP(id))
        default: self = .mqtt(try await test.connect(id))
        }
    }

    /// Asks for the twin, and gets the answer's status.
    mutating func get() async throws -> Int {
        switch self {
        case .mqtt(var client):
            try await client.publish("$iothub/twin/GET/?$rid=1")
            return try await status(of: &client)
        case .amqp(let device):
            return try await Int(device.ask(AMQPTestDevice.request("GET")).status ?? 0)
        }
    }

    /// Reports a value, and gets the answer's status.
    mutating func report(_ patch: String) async throws -> Int {
        switch self {
        case .mqtt(var client):
            try await client.publish(MQTTServerTwinTests.reported + "2", patch)
            return try await status(of: &client)
        case .amqp(let device):
            return try await Int(device.report(patch).status ?? 0)
        }
    }

    mutating func subscribe() async throws {
        switch self {
        case .mqtt(var client):
            try await client.subscribe(MQTTServerTwinTests.desired)
            self = .mqtt(client)
        case .amqp(let device): try await device.subscribe()
        }
    }

    /// Waits for a change of desired properties, or for any other message.
    mutating func next() async throws {
        switch self {
        case .mqtt(var client):
            _ = try await client.nextMessage()
            self = .mqtt(client)
        case .amqp(let device): _ = try await device.next()
        }
    }

    private mutating func status(of client: inout MQTTTestClient) async throws -> Int {
        let topic = try await client.nextMessage().topic
        self = .mqtt(client)
        return topic.split(separator: "/").lazy.compactMap { Int($0) }.first ?? 0
    }
}
