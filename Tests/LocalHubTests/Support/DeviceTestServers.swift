import IoTHub
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestKit

@testable import LocalHub

/// The servers for devices, on free ports over one registry, with a certificate, and a clock that can be moved.
struct DeviceTestServers {
    let mqtt: DeviceServer
    let amqp: DeviceServer
    let registry: TwinRegistry
    let tls: TestTLS
    let clock: MovableClock

    static var noLogger: Logger { Logger(label: "devices") { _ in SwiftLogNoOpLogHandler() } }

    /// Runs `body` with servers that are always stopped.
    /// - Parameters:
    ///   - journal: makes writes durable; nil for a registry in memory.
    ///   - authorities: those whose certificates devices may show.
    ///   - logger: gets the servers' logs.
    ///   - body: what to do with the servers.
    /// - Throws: what the start or the body throws.
    static func with(
        journal: Journal?,
        authorities: [TestAuthority],
        logger: Logger,
        _ body: (DeviceTestServers) async throws -> Void
    ) async throws {
        let registry = TwinRegistry(journal: journal)
        let clock = MovableClock()
        let group = MultiThreadedEventLoopGroup.singleton
        let tls = try TestTLS(trusting: authorities, clock: clock.clock)
        func start(_ frontEnd: any DeviceFrontEnd.Type) async throws -> DeviceServer {
            try await frontEnd.start(
                registry: registry,
                bindAddress: "127.0.0.1",
                port: 0,
                tls: tls.server,
                hostNames: ["localhost"],
                group: group,
                logger: logger,
                clock: clock.clock
            )
        }
        let mqtt = try await start(MQTTServer.self)
        let amqp = try await start(AMQPServer.self)
        let servers = DeviceTestServers(
            mqtt: mqtt,
            amqp: amqp,
            registry: registry,
            tls: tls,
            clock: clock
        )
        let result = await Result { () async throws in try await body(servers) }
        await mqtt.stop()
        await amqp.stop()
        try result.get()
    }

    /// The primary key of a registered device.
    func key(of id: String) throws -> String {
        try registry.device(id).authentication.symmetricKey?.primaryKey ?? ""
    }

    /// Moves the clock, and lets the servers see it.
    func pass(_ time: TimeAmount) async {
        clock.move(by: time)
        await mqtt.sweep()
        await amqp.sweep()
    }
}

/// One of the servers, as the tests of its protocol use it.
protocol DeviceTestServer {
    var servers: DeviceTestServers { get }

    init(servers: DeviceTestServers)
}

extension DeviceTestServer {
    var registry: TwinRegistry { servers.registry }
    var tls: TestTLS { servers.tls }
    var clock: MovableClock { servers.clock }

    /// Runs `body` with a server that is always stopped; see `DeviceTestServers`.
    static func with(
        journal: Journal? = nil,
        authorities: [TestAuthority] = [],
        logger: Logger = DeviceTestServers.noLogger,
        _ body: (Self) async throws -> Void
    ) async throws {
        try await DeviceTestServers.with(journal: journal, authorities: authorities, logger: logger) { servers in
            try await body(Self(servers: servers))
        }
    }

    /// Moves the clock, and lets the servers see it.
    func pass(_ time: TimeAmount) async { await servers.pass(time) }
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

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
