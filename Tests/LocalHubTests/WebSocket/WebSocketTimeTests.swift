import IoTHub
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import LocalHub

@Suite("time on WebSockets", .timeLimit(.minutes(1)))
struct WebSocketTimeTests {
    /// An HTTPS front end with WebSockets, over a clock that can be moved.
    private struct Bench {
        let endpoint: WebSocketEndpoint
        let port: Int
        let tls: NIOSSLContext
        let registry: TwinRegistry
        let clock: MovableClock

        static func with(_ body: (Bench) async throws -> Void) async throws {
            let registry = TwinRegistry()
            let clock = MovableClock()
            let logger = Logger(label: "websocket") { _ in SwiftLogNoOpLogHandler() }
            let tls = try TestTLS(clock: clock.clock)
            let endpoint = WebSocketEndpoint(
                registry: registry,
                hostNames: ["localhost"],
                clients: tls.server.clients,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger,
                clock: clock.clock
            )
            let server = try await ServiceServer.start(
                api: ServiceAPI(registry: registry, hostNames: ["localhost"], background: ManualBackground()),
                webSockets: endpoint,
                bindAddress: "127.0.0.1",
                port: 0,
                tls: tls.server,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
            let bench = Bench(
                endpoint: endpoint,
                port: server.port,
                tls: tls.client,
                registry: registry,
                clock: clock
            )
            let result = await Result { () async throws in try await body(bench) }
            await endpoint.stop()
            await server.stop()
            try result.get()
        }

        func open() async throws -> MQTTTestClient {
            try await MQTTTestClient.open(port: port, tls: tls, webSocket: .mqtt)
        }

        func connect(_ id: String, keepAlive: UInt16, validFor seconds: Int64) async throws -> MQTTTestClient {
            let device = try registry.createDevice(Device(id: id))
            var client = try await open()
            try await client.send(
                .connect(
                    MQTTTestServer.connectPacket(
                        id,
                        key: device.authentication.symmetricKey?.primaryKey ?? "",
                        keepAlive: keepAlive,
                        validFor: seconds
                    )
                )
            )
            let answer = await client.next()
            guard answer == .connectAcknowledgement(.accepted, sessionPresent: false) else {
                throw MQTTTestClient.Unexpected(packet: answer)
            }
            return client
        }

        func pass(_ time: TimeAmount) async {
            clock.move(by: time)
            await endpoint.sweep()
        }
    }

    @Test("a client that says nothing is closed, a moment after one and a half times its keep-alive")
    func keepAlive() async throws {
        try await Bench.with { bench in
            var client = try await bench.connect("dev1", keepAlive: 60, validFor: 3600)
            // Real time passes too: far enough from the 90 seconds.
            await bench.pass(.seconds(60))
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            await bench.pass(.seconds(31))
            #expect(await client.next() == nil)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
        }
    }

    @Test("a token that runs out ends the connection, after the hub's grace")
    func token() async throws {
        try await Bench.with { bench in
            var client = try await bench.connect("dev1", keepAlive: 0, validFor: 60)
            await bench.pass(.minutes(20))
            #expect(await client.next() == nil)
        }
    }

    @Test("a client that never says CONNECT, or never opens AMQP, is closed")
    func silence() async throws {
        try await Bench.with { bench in
            var mqtt = try await bench.open()
            let amqp = try await AMQPTestClient.connect(port: bench.port, tls: bench.tls, webSocket: .amqp, nil)
            await bench.pass(.minutes(2))
            #expect(await mqtt.next() == nil)
            try await amqp.waitForTheEnd()
        }
    }
}
