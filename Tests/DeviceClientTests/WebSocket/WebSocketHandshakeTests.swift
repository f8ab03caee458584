import IoTHub
import Testing

@testable import DeviceClient

@Suite struct WebSocketHandshakeTests {
    /// The example of RFC 6455, section 1.3.
    private let handshake = WebSocketHandshake(
        host: "hub.example.net",
        port: 443,
        subprotocol: "AMQPWSB10",
        nonce: Array("the sample nonce".utf8)
    )

    private func answer(
        _ status: String = "101 Switching Protocols",
        upgrade: String = "WebSocket",
        connection: String = "Upgrade",
        accept: String = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        _ more: String = "Sec-WebSocket-Protocol: amqpwsb10"
    ) throws -> DeviceClientError? {
        let text = """
            HTTP/1.1 \(status)\r
            Upgrade: \(upgrade)\r
            connection: \(connection)\r
            Sec-WebSocket-Accept: \(accept)\r
            \(more)
            """
        return handshake.problem(try HTTPResponseHead(parsing: text), peer: "hub:443")
    }

    @Test("the request is the one that Microsoft's clients make")
    func request() {
        #expect(
            String(decoding: handshake.request, as: UTF8.self) == """
                GET /$iothub/websocket HTTP/1.1\r
                Host: hub.example.net\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Protocol: AMQPWSB10\r
                \r\n
                """
        )
        let other = WebSocketHandshake(host: "::1", port: 8443, subprotocol: "mqtt")
        let text = String(decoding: other.request, as: UTF8.self)
        #expect(text.contains("\r\nHost: [::1]:8443\r\n"))
        #expect(
            text
                != String(
                    decoding: WebSocketHandshake(host: "::1", port: 8443, subprotocol: "mqtt").request,
                    as: UTF8.self
                )
        )
    }

    @Test("an answer that agrees opens the WebSocket, in whatever capitals")
    func agreement() throws {
        #expect(try answer() == nil)
        #expect(try answer(connection: "keep-alive, upgrade") == nil)
    }

    @Test("an answer that does not agree is told apart")
    func disagreement() throws {
        #expect(try answer(upgrade: "h2c")?.message.contains("another protocol") == true)
        #expect(try answer(connection: "close")?.message.contains("another protocol") == true)
        #expect(try answer(accept: "AAAA")?.message.contains("another key") == true)
        #expect(
            try answer("101", "X: y")?.message.contains("expected the sub-protocol 'AMQPWSB10', found none") == true
        )
        #expect(try answer("101", "Sec-WebSocket-Protocol: mqtt")?.message.contains("found 'mqtt'") == true)
        let extended = "Sec-WebSocket-Protocol: AMQPWSB10\r\nSec-WebSocket-Extensions: permessage-deflate"
        #expect(try answer("101", extended)?.message.contains("an extension") == true)
    }

    @Test(
        "a refusal has its status, its words, and a reason",
        arguments: [
            ("401 Unauthorized", 401, DeviceClientError.Reason.unauthorized), ("403 Forbidden", 403, .unauthorized),
            ("404 Not Found", 404, .communication), ("429 Too Many Requests", 429, .throttled),
            ("503 Service Unavailable", 503, .communication), ("200 OK", 200, .communication),
            ("302 Found", 302, .communication),
        ]
    )
    func refusals(_ line: String, _ status: Int, _ reason: DeviceClientError.Reason) throws {
        let error = try #require(try answer(line))
        #expect(error.reason == reason)
        #expect(error.status == status)
        #expect(error.message.hasPrefix("hub:443 refuses the WebSocket /$iothub/websocket with \(line)"))
    }
}
