import AMQPEngine
import IoTHub
import NIOCore
import NIOWebSocket
import TestKit
import Testing

@testable import LocalHub

@Suite("devices over WebSockets and TLS", .timeLimit(.minutes(1)))
struct WebSocketHubTests {
    @Test(
        "MQTT: a device connects, gets its twin, reports, and is told of desired changes",
        arguments: ["mqtt", "MQTT"],
        ["", "?iothub-no-client-cert=true"]
    )
    func mqtt(_ subprotocol: String, _ query: String) async throws {
        try await TestHub.with { test in
            let route = WebSocketTestRoute(subprotocol: subprotocol, path: "/$iothub/websocket" + query)
            var client = try await test.connect("dev1", over: route)
            try await client.publish("$iothub/twin/GET/?$rid=1")
            #expect(try await client.nextMessage().topic == "$iothub/twin/res/200/?$rid=1")
            try await client.publish(MQTTServerTwinTests.reported + "2", #"{"fan":1}"#)
            #expect(try await client.nextMessage().topic == "$iothub/twin/res/204/?$rid=2&$version=2")
            try await client.subscribe(MQTTServerTwinTests.desired)
            try test.hub.registry.patchTwin("dev1", with: TwinWrite(desired: MQTTServerTwinTests.large))
            let change = try await client.nextMessage()
            #expect(change.topic == "$iothub/twin/PATCH/properties/desired/?$version=2")
            #expect(change.payload.count > 24_000)
            #expect(try test.hub.registry.device("dev1").connectionState == .connected)
        }
    }

    @Test("AMQP: a device opens, puts its token, gets its twin, reports, and is told of desired changes")
    func amqp() async throws {
        try await TestHub.with { test in
            let device = try await test.attachOverWebSocket("dev1")
            #expect(try await device.get() == ["desired": ["$version": 1], "reported": ["$version": 1]])
            #expect(try await device.report(#"{"fan":1}"#).version == 2)
            try await device.subscribe()
            try test.hub.registry.patchTwin("dev1", with: TwinWrite(desired: MQTTServerTwinTests.large))
            #expect(try await device.next().version == 2)
            #expect(try test.hub.registry.device("dev1").connectionState == .connected)
        }
    }

    @Test("the service API goes on on the same port")
    func api() async throws {
        try await TestHub.with { test in
            let client = try await test.connect("dev1")
            let answer = try await RawClient(hub: test.hub).exchange(
                "GET /devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 401"))
            try await client.close()
        }
    }

    @Test("what a client sends right behind its request is not lost")
    func eager() async throws {
        try await TestHub.with { test in
            let connect = try MQTTClientPacket.connect(MQTTTestServer.connectPacket("dev1", key: test.key("dev1")))
                .bytes
            let client = try await AMQPTestClient.connect(port: test.hub.httpsPort, tls: test.clientTLS, nil)
            let request = Self.request().utf8 + ClientFrame.binary(connect).bytes + ClientFrame.close(1000).bytes
            try await client.send(raw: Array(request))
            try await client.waitForTheEnd()
            // The answer to the request, the CONNACK, and the goodbye.
            let tail = client.received.suffix(10)
            #expect(client.received.starts(with: "HTTP/1.1 101 Switching Protocols\r\n".utf8))
            #expect(Array(tail) == [0x82, 4, 0x20, 2, 0, 0, 0x88, 2, 0x03, 0xE8])
        }
    }

    @Test("a newer connection takes over, from TCP to WebSocket and back")
    func takeover() async throws {
        try await TestHub.with { test in
            var first = try await test.connectOverTCP("dev1")
            let goodbye = Goodbye()
            var second = try await test.connect("dev1", over: goodbye.route)
            #expect(await first.next() == nil)
            let third = try await test.connectOverTCP("dev1")
            #expect(await second.next() == nil)
            #expect(await goodbye.code == .normalClosure)
            #expect(try test.hub.registry.device("dev1").connectionState == .connected)
            try await third.close()
        }
    }

    @Test("AMQP links are stolen across TCP and WebSocket")
    func linkStealing() async throws {
        try await TestHub.with { test in
            let device = try await test.attachOverWebSocket("dev1")
            let client = try await test.connectOverTCP("dev1")
            try await device.client.wait("the detach") { !device.client.detached.isEmpty }
            try await client.close()
        }
    }

    @Test("a wrong key is refused as over TCP, then the connection closed")
    func wrongKey() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("dev1")
            let goodbye = Goodbye()
            var client = try await test.openWebSocket(goodbye.route)
            try await client.send(.connect(MQTTTestServer.connectPacket("dev1", key: "d3Jvbmc=")))
            #expect(await client.next() == .connectAcknowledgement(.notAuthorized, sessionPresent: false))
            #expect(await client.next() == nil)
            #expect(await goodbye.code == .normalClosure)
        }
    }

    @Test("suspended, WebSockets are cut and refused, while TCP goes on; resumed, they are taken again")
    func suspension() async throws {
        try await TestHub.with { test in
            let overTCP = try await test.connectOverTCP("tcp")
            let goodbye = Goodbye()
            var client = try await test.connect("dev1", over: goodbye.route)
            try await test.hub.suspendWebSockets()
            #expect(await client.next() == nil)
            #expect(await goodbye.code == .goingAway)
            #expect(try test.hub.registry.device("dev1").connectionState == .disconnected)
            #expect(try test.hub.registry.device("tcp").connectionState == .connected)
            await #expect(throws: TestChannel.NoWebSocket(status: 503)) { try await test.openWebSocket() }
            try await test.hub.resumeWebSockets()
            try await test.connect("dev1").close()
            try await test.hub.suspendDevices()
            await #expect(throws: TestChannel.NoWebSocket(status: 503)) { try await test.openWebSocket(.amqp) }
            #expect(try test.hub.registry.device("tcp").connectionState == .disconnected)
            try await test.hub.resumeDevices()
            try await test.connect("dev1").close()
            try? await overTCP.close()
        }
    }

    @Test("a hub that stops says that it goes away")
    func stop() async throws {
        try await TestHub.with { test in
            let goodbye = Goodbye()
            var client = try await test.connect("dev1", over: goodbye.route)
            let device = try await test.attachOverWebSocket("dev2")
            await test.hub.stop()
            #expect(await client.next() == nil)
            #expect(await goodbye.code == .goingAway)
            try await device.client.waitForTheEnd()
        }
    }

    @Test("a client that is gone is noticed")
    func gone() async throws {
        try await TestHub.with { test in
            let client = try await test.connect("dev1")
            try await client.close()
            while try test.hub.registry.device("dev1").connectionState == .connected { await Task.yield() }
        }
    }

    // MARK: Refusals

    private static func request(
        _ path: String = "/$iothub/websocket",
        version: String = "13",
        fields: String = "Sec-WebSocket-Protocol: mqtt\r\n"
    ) -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: \(version)\r\n\(fields)\r\n"
    }

    @Test(
        "a request that cannot be granted is answered in the service API's style, and the connection closed",
        arguments: [
            (request("/other"), "404 Not Found", "only at /$iothub/websocket"),
            (request(fields: ""), "400 Bad Request", "found none"),
            (request(fields: "Sec-WebSocket-Protocol: chat\r\n"), "400 Bad Request", "found 'chat'"),
            (request(version: "8"), "426 Upgrade Required", "found '8'"),
            (
                "GET /$iothub/websocket HTTP/1.1\r\nHost: localhost\r\n\r\n", "426 Upgrade Required",
                "expected 'Upgrade: websocket'"
            ),
        ]
    )
    func refusals(_ request: String, _ status: String, _ says: String) async throws {
        try await TestHub.with { test in
            let answer = try await RawClient(hub: test.hub).exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.contains("{\"Message\":\"ErrorCode:Generic"))
            #expect(answer.contains(says))
            let saysWhatThereIs = answer.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            #expect(saysWhatThereIs == status.hasPrefix("426"))
        }
    }

    @Test("only the first request on a connection can ask for a WebSocket")
    func late() async throws {
        try await TestHub.with { test in
            let both = try await RawClient(hub: test.hub).exchange(
                "GET /devices HTTP/1.1\r\nHost: localhost\r\n\r\n" + Self.request()
            )
            #expect(both.hasPrefix("HTTP/1.1 401"))
            #expect(both.contains("HTTP/1.1 400"))
            #expect(both.contains("only the first request"))
        }
    }

    /// The hub's goodbye to one client.
    private struct Goodbye {
        let route: WebSocketTestRoute
        private let codes: AsyncStream<WebSocketErrorCode?>

        init(_ route: WebSocketTestRoute = .mqtt) {
            let (stream, continuation) = AsyncStream.makeStream(of: WebSocketErrorCode?.self)
            codes = stream
            var route = route
            route.heardGoodbye = { continuation.yield($0) }
            self.route = route
        }

        var code: WebSocketErrorCode? {
            get async { await codes.first { _ in true } ?? nil }
        }
    }
}
