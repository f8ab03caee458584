import IoTHub
import NIOHTTP1
import Testing

@testable import LocalHub

@Suite("requests for a WebSocket")
struct WebSocketOfferTests {
    /// A request as azure-iot-device sends it, odd capitals included.
    private static func request(_ change: (inout HTTPRequestHead) -> Void = { _ in }) -> HTTPRequestHead {
        var line = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/$iothub/websocket")
        line.headers = [
            "Host": "localhost:443", "Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://localhost:443",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-Websocket-Version": "13",
            "Sec-Websocket-Protocol": "mqtt",
        ]
        change(&line)
        return line
    }

    @Test("the request of azure-iot-device is granted, with the answer of RFC 6455's example")
    func azureIoTDevice() throws {
        let offer = try #require(try WebSocketOffer(Self.request()))
        #expect(offer.subprotocol == .mqtt)
        let fields = offer.acceptance
        #expect(fields["sec-websocket-accept"] == ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
        #expect(fields["sec-websocket-protocol"] == ["mqtt"])
        #expect(fields["upgrade"] == ["websocket"])
        #expect(fields["connection"] == ["Upgrade"])
    }

    @Test(
        "sub-protocols are known in any case and echoed as asked; of several the first known",
        arguments: [
            (["mqtt"], WebSocketOffer.Subprotocol.mqtt, "mqtt"), (["MQTT"], .mqtt, "MQTT"),
            (["AMQPWSB10"], .amqp, "AMQPWSB10"), (["amqpwsb10"], .amqp, "amqpwsb10"),
            (["mqttv3.1, AMQPWSB10,mqtt"], .amqp, "AMQPWSB10"), (["chat", "Mqtt"], .mqtt, "Mqtt"),
        ]
    )
    func subprotocols(_ fields: [String], _ subprotocol: WebSocketOffer.Subprotocol, _ echo: String) throws {
        let line = Self.request { line in
            line.headers.remove(name: "sec-websocket-protocol")
            for field in fields { line.headers.add(name: "sec-websocket-protocol", value: field) }
        }
        let offer = try #require(try WebSocketOffer(line))
        #expect(offer.subprotocol == subprotocol)
        #expect(offer.acceptance["sec-websocket-protocol"] == [echo])
    }

    @Test(
        "queries do not matter, nor does how the path is written",
        arguments: ["?iothub-no-client-cert=true", "?", "/", "?a=b?c"]
    )
    func queries(_ suffix: String) throws {
        #expect(try WebSocketOffer(Self.request { $0.uri += suffix }) != nil)
        #expect(try WebSocketOffer(Self.request { $0.uri = "/%24iothub/websocket" + suffix }) != nil)
        // uamqp's path.
        #expect(try WebSocketOffer(Self.request { $0.uri = "/$servicebus/websocket" + suffix }) != nil)
    }

    @Test("several tokens in Connection and Upgrade, in any case")
    func tokens() throws {
        let line = Self.request { line in
            line.headers.replaceOrAdd(name: "connection", value: "keep-alive, UPGRADE")
            line.headers.replaceOrAdd(name: "upgrade", value: "WebSocket")
        }
        #expect(try WebSocketOffer(line) != nil)
    }

    @Test("other requests are none", arguments: ["/devices?api-version=2021-04-12", "/", "/$iothub", "/%24x", "*"])
    func others(_ uri: String) throws {
        let line = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: ["upgrade": "h2c"])
        #expect(try WebSocketOffer(line) == nil)
    }

    static let refused: [(name: String, status: Int, says: String, change: @Sendable (inout HTTPRequestHead) -> Void)] =
        [
            ("another path", 404, "only at /$iothub/websocket", { $0.uri = "/mqtt" }),
            ("a longer path", 404, "'/$iothub/websocket/x'", { $0.uri = "/$iothub/websocket/x" }),
            ("POST", 405, "not POST", { $0.method = .POST }),
            ("no upgrade", 426, "expected 'Upgrade: websocket'", { $0.headers.remove(name: "upgrade") }),
            (
                "another upgrade", 426, "expected 'Upgrade: websocket'",
                {
                    $0.headers.replaceOrAdd(name: "upgrade", value: "h2c")
                }
            ),
            ("HTTP/1.0", 400, "not HTTP/1.0", { $0.version = .http1_0 }),
            ("no Connection", 400, "Connection: Upgrade", { $0.headers.remove(name: "connection") }),
            ("version 8", 426, "found '8'", { $0.headers.replaceOrAdd(name: "sec-websocket-version", value: "8") }),
            ("no version", 426, "found none", { $0.headers.remove(name: "sec-websocket-version") }),
            ("no key", 400, "Sec-WebSocket-Key", { $0.headers.remove(name: "sec-websocket-key") }),
            (
                "two keys", 400, "one Sec-WebSocket-Key",
                {
                    $0.headers.add(name: "sec-websocket-key", value: "dGhlIHNhbXBsZSBub25jZQ==")
                }
            ),
            ("a short key", 400, "16 bytes", { $0.headers.replaceOrAdd(name: "sec-websocket-key", value: "c2hvcnQ=") }),
            ("no sub-protocol", 400, "found none", { $0.headers.remove(name: "sec-websocket-protocol") }),
            (
                "an unknown sub-protocol", 400, "found 'chat, mqttv3.1'",
                {
                    $0.headers.replaceOrAdd(name: "sec-websocket-protocol", value: "chat,mqttv3.1")
                }
            ),
        ]

    @Test("what cannot be granted is refused with a status and words that help", arguments: refused)
    func refusals(
        _ name: String,
        _ status: Int,
        _ says: String,
        _ change: @Sendable (inout HTTPRequestHead) -> Void
    ) throws {
        let refusal = #expect(throws: WebSocketRefusal.self) { try WebSocketOffer(Self.request(change)) }
        #expect(refusal?.status ?? refusal?.error.code.httpStatus == status)
        #expect(refusal?.error.message.contains(says) == true, "\(refusal?.error.message ?? "")")
    }
}
