import DeviceClient
import IoTHub
import LocalHub
import NIOWebSocket
import TestKit
import Testing

/// What a device does when a hub's WebSockets have faults, or peculiarities, that those of the local hub have not.
@Suite(.timeLimit(.minutes(2))) struct WebSocketFaultTests {
    private static let ways: [Way] = [.mqttWebSocket, .amqpWebSocket]

    private func with(
        _ way: Way,
        _ change: (inout WebSocketGate.Script) -> Void = { _ in },
        _ body: (Bench, WebSocketGate, inout ClientOptions) async throws -> Void
    ) async throws {
        try await Bench.with(way) { bench in
            var script = WebSocketGate.Script()
            script.hubPort = way.isMQTT ? bench.hub.mqttPort : bench.hub.amqpPort
            change(&script)
            try await WebSocketGate.with(script) { gate in
                var options = bench.options
                options.tls = gate.tls
                options.webSocketPort = gate.port
                try await body(bench, gate, &options)
            }
        }
    }

    @Test("a device asks for the hub's WebSocket, masks what it sends, and says goodbye", arguments: ways)
    func manners(_ way: Way) async throws {
        try await with(way) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            try await client.open()
            #expect(await client.activeTransport == way.transport)
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
            let seen = await gate.seen.until { $0 == "gone" }
            #expect(seen.first == "GET /$iothub/websocket \(way.isMQTT ? "mqtt" : "AMQPWSB10")")
            // Over AMQP the hub answers the close, and its end of the connection may go first.
            if way.isMQTT { #expect(seen.contains("close 1000")) }
            #expect(!seen.contains("unmasked"))
        }
    }

    @Test("bytes that come one by one, in parts of messages, with pings between, are the same bytes", arguments: ways)
    func fragments(_ way: Way) async throws {
        try await with(way, { $0.isFragmenting = true }) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            let text = String(repeating: "x", count: 3000)
            try bench.change("d", ["text": .string(text)])
            #expect(await updates.next(1).first?.properties["text"] == .string(text))
            #expect(try await client.getTwin().properties.desired["text"] == .string(text))
            await client.close()
            #expect(await gate.seen.until { $0 == "pong" }.last == "pong")
        }
    }

    @Test("a hub that ends a WebSocket is told with its words, and connected to again", arguments: ways)
    func closed(_ way: Way) async throws {
        try await with(way) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            let statuses = Events<ConnectionStatus>()
            let errors = Events<DeviceClientError?>()
            await client.setRetryPolicy(ToldErrors(errors))
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            gate.close(.goingAway, "updating")
            #expect(await statuses.next(3) == [.connected, .disconnectedRetrying, .connected])
            let error = await errors.next(1).first ?? nil
            #expect(error?.message.hasSuffix("has closed the WebSocket with code 1001 (going away): updating") == true)
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }

    @Test("a refusal of the hub that comes with the end of the WebSocket is not lost behind it")
    func refusedAndClosed() async throws {
        // CONNACK: not authorized.
        try await with(.mqttWebSocket, { $0.last = ([0x20, 2, 0, 5], .normalClosure) }) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .unauthorized)
            #expect(error?.message.contains("CONNACK 5") == true, "\(String(describing: error))")
            await client.close()
        }
    }

    @Test(
        "a refused WebSocket has its status and a reason",
        arguments: ways,
        [
            ("401 Unauthorized", 401, DeviceClientError.Reason.unauthorized, "badCredential"),
            ("404 Not Found", 404, .communication, "retryExpired"),
            ("503 Service Unavailable", 503, .communication, "retryExpired"),
        ]
    )
    func refused(
        _ way: Way,
        _ refusal: (line: String, status: Int, reason: DeviceClientError.Reason, told: String)
    ) async throws {
        try await with(way, { $0.refusal = refusal.line }) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            await client.setRetryPolicy(NoRetry())
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == refusal.reason)
            #expect(error?.status == refusal.status)
            #expect(error?.message.contains(refusal.line) == true)
            #expect(await statuses.next(1) == ["disconnected \(refusal.told)"])
            #expect(await client.activeTransport == nil)
            await client.close()
        }
    }

    @Test("a hub that opens no WebSockets for a while is asked again", arguments: ways)
    func later(_ way: Way) async throws {
        try await with(way, { $0.refusal = "503 Service Unavailable" }) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            let opening = Task { try await client.open() }
            let seen = await gate.seen.next(4)
            #expect(seen.filter { $0.hasPrefix("GET") }.count >= 2)
            gate.change { $0.refusal = nil }
            try await opening.value
            await client.close()
        }
    }

    @Test("a hub that does not read for a while gets everything in the end", arguments: ways)
    func backPressure(_ way: Way) async throws {
        try await with(way) { bench, gate, options in
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            try await client.open()
            try await gate.setReads(false)
            let count = 150
            let answers = Events<Bool>()
            var patch: JSONObject = [:]
            for index in 0..<7 { patch["m\(index)"] = .string(String(repeating: "x", count: 3900)) }
            // 4 MB are more than the sockets between hold.
            for index in 0..<count {
                patch["n"] = .integer(Int64(index))
                await client.report(patch, expecting: answers)
            }
            try await gate.setReads(true)
            #expect(await answers.next(count) == Array(repeating: true, count: count))
            #expect(try bench.reported("d")["n"] == .integer(Int64(count - 1)))
            #expect(await client.connectionStatus == .connected)
            await client.close()
        }
    }

    @Test("a quiet device keeps its connection alive with MQTT's pings")
    func keepAlive() async throws {
        try await with(.mqttWebSocket) { bench, gate, options in
            options.keepAlive = .seconds(10)
            let client = try bench.client(of: try bench.test.addDevice("d"), options)
            try await client.open()
            #expect(await gate.seen.until { $0 == "ping" || $0 == "gone" }.last == "ping")
            #expect(await client.connectionStatus == .connected)
            await client.close()
        }
    }
}

/// Retries soon, and tells why.
private struct ToldErrors: RetryPolicy {
    let errors: Events<DeviceClientError?>

    init(_ errors: Events<DeviceClientError?>) { self.errors = errors }

    func interval(currentRetryCount: Int, lastError: DeviceClientError, random: Double) -> Duration? {
        errors.put(lastError)
        return .milliseconds(20)
    }
}
