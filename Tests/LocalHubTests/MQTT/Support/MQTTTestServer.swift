import Foundation
import IoTHub
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestKit

@testable import LocalHub

/// An MQTT server on a free port with a registry, a certificate, and a clock that can be moved.
struct MQTTTestServer {
    let server: DeviceServer
    let registry: TwinRegistry
    let tls: TestTLS
    let clock: MovableClock

    /// Runs `body` with a server that is always stopped.
    /// - Parameters:
    ///   - journal: makes writes durable; nil for a registry in memory.
    ///   - authorities: those whose certificates devices may show.
    ///   - logger: gets the server's log.
    ///   - body: what to do with the server.
    /// - Throws: what the start or the body throws.
    static func with(
        journal: Journal? = nil,
        authorities: [TestAuthority] = [],
        logger: Logger = Logger(label: "mqtt") { _ in SwiftLogNoOpLogHandler() },
        _ body: (MQTTTestServer) async throws -> Void
    ) async throws {
        let registry = TwinRegistry(journal: journal)
        let clock = MovableClock()
        let tls = try TestTLS(trusting: authorities, clock: clock.clock)
        let server = try await MQTTServer.start(
            registry: registry,
            bindAddress: "127.0.0.1",
            port: 0,
            tls: tls.server,
            hostNames: ["localhost"],
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            clock: clock.clock
        )
        let bench = MQTTTestServer(
            server: server,
            registry: registry,
            tls: tls,
            clock: clock
        )
        do {
            try await body(bench)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Opens a connection without a CONNECT.
    func open() async throws -> MQTTTestClient { try await MQTTTestClient.open(port: server.port, tls: tls.client) }

    /// The CONNECT of a registered device.
    func connectPacket(
        _ id: String,
        cleanSession: Bool = false,
        keepAlive: UInt16 = 60,
        validFor seconds: Int64 = 3600
    ) throws -> MQTTConnect {
        let key = try registry.device(id).authentication.symmetricKey?.primaryKey ?? ""
        return try Self.connectPacket(
            id,
            key: key,
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

    /// Moves the clock, and lets the server see it.
    func pass(_ time: TimeAmount) async {
        clock.move(by: time)
        await server.sweep()
    }
}

/// The system's clocks, moved forward at will.
final class MovableClock: Sendable {
    private let moved = NIOLockedValueBox(TimeAmount.zero)

    func move(by time: TimeAmount) { moved.withLockedValue { $0 = $0 + time } }

    var clock: DeviceClock {
        DeviceClock(
            now: { NIODeadline.now() + self.moved.withLockedValue { $0 } },
            secondsSinceEpoch: {
                HubTimestamp.now().secondsSinceEpoch + self.moved.withLockedValue { $0 }.nanoseconds / 1_000_000_000
            }
        )
    }
}
