import AMQPEngine
import Foundation
import IoTHub
import Logging
import NIOCore
import NIOPosix
import TestKit

@testable import LocalHub

/// An AMQP server and an MQTT server on free ports over one registry, with a certificate, and a clock that can be moved.
struct AMQPTestServer {
    let server: DeviceServer
    let mqtt: DeviceServer
    let registry: TwinRegistry
    let tls: TestTLS
    let clock: MovableClock

    /// Runs `body` with a server that is always stopped.
    /// - Parameters:
    ///   - journal: makes writes durable; nil for a registry in memory.
    ///   - authorities: those whose certificates devices may show.
    ///   - logger: gets the servers' logs.
    ///   - body: what to do with the server.
    /// - Throws: what the start or the body throws.
    static func with(
        journal: Journal? = nil,
        authorities: [TestAuthority] = [],
        logger: Logger = Logger(label: "amqp") { _ in SwiftLogNoOpLogHandler() },
        _ body: (AMQPTestServer) async throws -> Void
    ) async throws {
        let registry = TwinRegistry(journal: journal)
        let clock = MovableClock()
        let group = MultiThreadedEventLoopGroup.singleton
        let tls = try TestTLS(trusting: authorities, clock: clock.clock)
        let server = try await AMQPServer.start(
            registry: registry,
            bindAddress: "127.0.0.1",
            port: 0,
            tls: tls.server,
            hostNames: ["localhost"],
            group: group,
            logger: logger,
            clock: clock.clock
        )
        let mqtt = try await MQTTServer.start(
            registry: registry,
            bindAddress: "127.0.0.1",
            port: 0,
            tls: tls.server,
            hostNames: ["localhost"],
            group: group,
            logger: logger,
            clock: clock.clock
        )
        let bench = AMQPTestServer(
            server: server,
            mqtt: mqtt,
            registry: registry,
            tls: tls,
            clock: clock
        )
        let result = await Result { () async throws in try await body(bench) }
        await server.stop()
        await mqtt.stop()
        try result.get()
    }

    /// Connects, and opens without SASL unless a credential is given, and without a certificate unless one is given.
    func open(
        _ credential: AMQPSASLCredential? = nil,
        showing certificate: TestCertificate? = nil,
        configure: (inout AMQPConfiguration) -> Void = { _ in }
    ) async throws -> AMQPTestClient {
        let client = try await AMQPTestClient.connect(
            port: server.port,
            tls: tls.client(certificate),
            credential,
            configure
        )
        try await client.open()
        return client
    }

    /// Registers devices.
    func register(_ ids: String...) throws {
        for id in ids { try registry.createDevice(Device(id: id)) }
    }

    /// A token of a registered device, for itself or for another resource.
    func token(_ id: String, for resource: String? = nil, validFor seconds: Int64 = 3600) throws -> String {
        let key = try registry.device(id).authentication.symmetricKey?.primaryKey ?? ""
        return try SharedAccessSignature.create(
            resource: resource ?? "localhost/devices/\(id)",
            key: key,
            expiry: clock.clock.secondsSinceEpoch() + seconds
        ).token
    }

    /// A token of a policy.
    func token(policy: String, for resource: String = "localhost", validFor seconds: Int64 = 3600) throws -> String {
        try SharedAccessSignature.create(
            resource: resource,
            key: registry.policies[policy]?.primaryKey ?? "",
            expiry: clock.clock.secondsSinceEpoch() + seconds,
            policy: policy
        ).token
    }

    /// A device with its token put and its twin links attached, on a connection of its own or a shared one.
    func attach(_ id: String, on client: AMQPTestClient? = nil) async throws -> AMQPTestDevice {
        let client = if let client { client } else { try await open() }
        let status = try await client.put(token(id), for: "localhost/devices/\(id)")
        guard status == 200 else { throw AMQPTestClient.Unexpected(what: "put-token answered \(status)") }
        return try await AMQPTestDevice.attach(id, on: client)
    }

    /// Moves the clock, and lets the servers see it.
    func pass(_ time: TimeAmount) async {
        clock.move(by: time)
        await server.sweep()
        await mqtt.sweep()
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
