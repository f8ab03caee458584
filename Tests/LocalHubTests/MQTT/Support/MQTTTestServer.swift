import IoTHub
import TestKit

@testable import LocalHub

/// An MQTT server with its registry and clock, and what devices need to reach it.
struct MQTTTestServer: DeviceTestServer {
    let servers: DeviceTestServers

    var server: DeviceServer { servers.mqtt }

    /// Opens a connection without a CONNECT.
    func open() async throws -> MQTTTestClient { try await MQTTTestClient.open(port: server.port, tls: tls.client) }

    /// The CONNECT of a registered device.
    func connectPacket(
        _ id: String,
        cleanSession: Bool = false,
        keepAlive: UInt16 = 60,
        validFor seconds: Int64 = 3600
    ) throws -> MQTTConnect {
        try Self.connectPacket(
            id,
            key: servers.key(of: id),
            cleanSession: cleanSession,
            keepAlive: keepAlive,
            validFor: seconds
        )
    }

    /// The CONNECT of any device with any key.
    static func connectPacket(
        _ id: String,
        key: String,
        cleanSession: Bool = false,
        keepAlive: UInt16 = 60,
        validFor seconds: Int64 = 3600
    ) throws -> MQTTConnect {
        let token = try SharedAccessSignature.create(
            resource: "localhost/devices/\(id)",
            key: key,
            expiry: HubTimestamp.now().secondsSinceEpoch + seconds
        )
        return MQTTConnect(
            clientID: id,
            cleanSession: cleanSession,
            keepAlive: keepAlive,
            userName: "localhost/\(id)/?api-version=2021-04-12&model-id=dtmi%3Acom%3Aexample%3BThing%3B1",
            password: Array(token.token.utf8)
        )
    }

    /// Connects a registered device; the hub must accept it.
    func connect(
        _ id: String,
        cleanSession: Bool = false,
        keepAlive: UInt16 = 60,
        validFor seconds: Int64 = 3600,
        sessionPresent: Bool = false
    ) async throws -> MQTTTestClient {
        var client = try await open()
        try await client.send(
            .connect(
                connectPacket(id, cleanSession: cleanSession, keepAlive: keepAlive, validFor: seconds)
            )
        )
        let answer = await client.next()
        guard answer == .connectAcknowledgement(.accepted, sessionPresent: sessionPresent) else {
            throw MQTTTestClient.Unexpected(packet: answer)
        }
        return client
    }
}
