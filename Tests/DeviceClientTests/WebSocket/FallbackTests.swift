import DeviceClient
import IoTHub
import LocalHub
import Logging
import NIOConcurrencyHelpers
import TestKit
import Testing

/// `Mqtt` and `Amqp` where TCP does not get through.
@Suite(.timeLimit(.minutes(2))) struct FallbackTests {
    private static let transports: [TransportType] = [.mqtt, .amqp]

    /// A bench whose TCP ports for devices lie elsewhere.
    private func with(
        tcpPort: Int?,
        _ body: (Bench, ClientOptions) async throws -> Void
    ) async throws {
        try await Bench.with { bench in
            var options = bench.options
            if let tcpPort {
                options.mqttPort = tcpPort
                options.amqpPort = tcpPort
            }
            options.connectTimeout = .seconds(1)
            try await body(bench, options)
        }
    }

    private func expectFallback(_ transport: TransportType, _ bench: Bench, _ options: ClientOptions, _ words: String)
        async throws
    {
        let lines = Lines()
        var options = options
        options.logger = Logger(label: "test") { _ in lines }
        let client = try DeviceClient.create(
            connectionString: try bench.test.addDevice("d"),
            transport: transport,
            options: options
        )
        let statuses = Events<ConnectionStatus>()
        await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
        #expect(await client.activeTransport == nil)
        try await client.open()
        let webSocket: TransportType = transport.isAMQP ? .amqpWebSocketOnly : .mqttWebSocketOnly
        #expect(await client.activeTransport == webSocket)
        let told = lines.all.filter { $0.contains("connected over \(webSocket); TCP port") }
        #expect(told.count == 1)
        #expect(told.first?.contains(words) == true, "\(lines.all)")
        #expect(try await client.updateReportedProperties(["x": 1]) == 2)
        // It stays with what worked.
        try await bench.hub.suspendDevices()
        _ = await statuses.until { $0 == .disconnectedRetrying }
        #expect(await client.lastConnectionError?.message.contains("TCP port") == false)
        try await bench.hub.resumeDevices()
        _ = await statuses.until { $0 == .connected }
        #expect(await client.activeTransport == webSocket)
        #expect(lines.all.filter { $0.contains("connected over") }.count == 1)
        await client.close()
    }

    @Test("with the TCP port closed, they come up over a WebSocket and stay there", arguments: transports)
    func closedPort(_ transport: TransportType) async throws {
        let peer = try RudePeer(listens: false)
        try await with(tcpPort: peer.port) { bench, options in
            try await expectFallback(transport, bench, options, "Connection refused")
        }
    }

    @Test(
        "with a TCP port that swallows everything, they come up within the time for one connect",
        arguments: transports,
        [SilentPeer.Kind.fullBacklog, .noAnswer]
    )
    func silentPort(_ transport: TransportType, _ kind: SilentPeer.Kind) async throws {
        let peer = try SilentPeer(kind)
        try await with(tcpPort: peer.port) { bench, options in
            try await expectFallback(transport, bench, options, "did not answer within 1.0 seconds")
        }
    }

    @Test("what one device has waited for in vain, the others of its lane do not try first", arguments: transports)
    func hint(_ transport: TransportType) async throws {
        let peer = try SilentPeer(.noAnswer)
        try await with(tcpPort: peer.port) { bench, options in
            let lines = Lines()
            var options = options
            options.logger = Logger(label: "test") { _ in lines }
            options.lane = try Lane.makeLanes(count: 1)[0]
            for device in ["first", "second", "third"] {
                let client = try DeviceClient.create(
                    connectionString: try bench.test.addDevice(device),
                    transport: transport,
                    options: options
                )
                try await client.open()
                #expect(await client.activeTransport?.rawValue.hasSuffix("WebSocket_Only") == true)
                await client.close()
            }
            // Only the first has tried TCP, and says so.
            #expect(lines.all.filter { $0.contains("TCP port") }.map { String($0.prefix(5)) } == ["first"])
        }
    }

    @Test("when TCP gets through, nothing else is tried", arguments: transports)
    func tcp(_ transport: TransportType) async throws {
        try await with(tcpPort: nil) { bench, options in
            let client = try DeviceClient.create(
                connectionString: try bench.test.addDevice("d"),
                transport: transport,
                options: options
            )
            try await client.open()
            #expect(await client.activeTransport == (transport.isAMQP ? .amqpTcpOnly : .mqttTcpOnly))
            await client.close()
        }
    }

    @Test("a refused credential does not lead to another transport", arguments: transports)
    func wrongKey(_ transport: TransportType) async throws {
        try await with(tcpPort: nil) { bench, options in
            let client = try DeviceClient.create(
                connectionString: "HostName=localhost;DeviceId=d;SharedAccessKey=AAAA",
                transport: transport,
                options: options
            )
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .unauthorized)
            #expect(error?.message.contains("cannot connect") == false, "\(String(describing: error))")
            #expect(await client.activeTransport == nil)
            await client.close()
        }
    }

    @Test("when nothing gets through, the error says what was tried, and why each failed", arguments: transports)
    func nothing(_ transport: TransportType) async throws {
        let closed = try RudePeer(listens: false)
        let rude = try RudePeer()
        try await with(tcpPort: closed.port) { bench, options in
            var options = options
            options.webSocketPort = rude.port
            let client = try DeviceClient.create(
                connectionString: try bench.test.addDevice("d"),
                transport: transport,
                options: options
            )
            await client.setRetryPolicy(NoRetry())
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .communication)
            let message = error?.message ?? ""
            #expect(
                message.hasPrefix(
                    "\(transport) cannot connect. TCP port \(closed.port): cannot connect to 127.0.0.1:\(closed.port)"
                )
            )
            #expect(message.contains("; a WebSocket on port \(rude.port): "), "\(message)")
            await client.close()
        }
    }

    @Test("a fleet that is kept out of TCP comes up together", arguments: transports)
    func fleet(_ transport: TransportType) async throws {
        let peer = try SilentPeer(.noAnswer)
        try await with(tcpPort: peer.port) { bench, options in
            let clients = try (0..<50).map { index in
                try DeviceClient.create(
                    connectionString: try bench.test.addDevice("d\(index)"),
                    transport: transport,
                    options: options
                )
            }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients { group.addTask { try await client.open() } }
                try await group.waitForAll()
            }
            // One after the other they would need 50 seconds.
            #expect(ContinuousClock.now - start < .seconds(25))
            for client in clients { await client.close() }
        }
    }
}

/// Keeps log lines.
private struct Lines: LogHandler {
    private let lines = NIOLockedValueBox<[String]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    var all: [String] { lines.withLockedValue { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.withLockedValue { $0.append("\(event.message)") } }
}
