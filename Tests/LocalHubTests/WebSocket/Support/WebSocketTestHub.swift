import Foundation
import IoTHub
import NIOCore
import NIOSSL
import TestKit

@testable import LocalHub

extension TestHub {
    /// What a client of this hub trusts.
    var clientTLS: NIOSSLContext {
        get throws {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(hub.certificateAuthorityFile)
            return try NIOSSLContext(configuration: configuration)
        }
    }

    /// A device's primary key; the device is registered if it is not.
    func key(_ id: String) throws -> String {
        if (try? hub.registry.device(id)) == nil { _ = try addDevice(id) }
        return try hub.registry.device(id).authentication.symmetricKey?.primaryKey ?? ""
    }

    /// Opens MQTT over a WebSocket, without a CONNECT.
    func openWebSocket(_ route: WebSocketTestRoute = .mqtt) async throws -> MQTTTestClient {
        try await MQTTTestClient.open(port: hub.httpsPort, tls: clientTLS, webSocket: route)
    }

    /// Connects a device by MQTT over a WebSocket.
    func connect(_ id: String, over route: WebSocketTestRoute = .mqtt) async throws -> MQTTTestClient {
        try await connect(id, openWebSocket(route))
    }

    /// Connects a device by MQTT over TCP.
    func connectOverTCP(_ id: String) async throws -> MQTTTestClient {
        try await connect(id, MQTTTestClient.open(port: hub.mqttPort, tls: clientTLS))
    }

    private func connect(_ id: String, _ opened: MQTTTestClient) async throws -> MQTTTestClient {
        var client = opened
        try await client.send(.connect(MQTTTestServer.connectPacket(id, key: key(id), cleanSession: true)))
        let answer = await client.next()
        guard answer == .connectAcknowledgement(.accepted, sessionPresent: false) else {
            throw MQTTTestClient.Unexpected(packet: answer)
        }
        return client
    }

    /// Opens AMQP over a WebSocket.
    func openAMQPWebSocket() async throws -> AMQPTestClient {
        let client = try await AMQPTestClient.connect(port: hub.httpsPort, tls: clientTLS, webSocket: .amqp, nil)
        try await client.open()
        return client
    }

    /// Attaches a device's twin links over a WebSocket.
    func attachOverWebSocket(_ id: String) async throws -> AMQPTestDevice {
        try await attach(id, openAMQPWebSocket())
    }

    /// Attaches a device's twin links by AMQP over TCP.
    func attachOverTCP(_ id: String) async throws -> AMQPTestDevice {
        let client = try await AMQPTestClient.connect(port: hub.amqpPort, tls: clientTLS, nil)
        try await client.open()
        return try await attach(id, client)
    }

    private func attach(_ id: String, _ client: AMQPTestClient) async throws -> AMQPTestDevice {
        let token = try SharedAccessSignature.create(
            resource: "localhost/devices/\(id)",
            key: key(id),
            expiry: HubTimestamp.now().secondsSinceEpoch + 600
        ).token
        let status = try await client.put(token, for: "localhost/devices/\(id)")
        guard status == 200 else { throw AMQPTestClient.Unexpected(what: "put-token answered \(status)") }
        return try await AMQPTestDevice.attach(id, on: client)
    }
}
