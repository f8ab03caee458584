import Crypto
import Foundation
import IoTHub
import NIOHTTP1

/// A good request for a WebSocket, and what to answer it with.
struct WebSocketOffer: Sendable, Hashable {
    /// The protocols that are spoken over WebSockets.
    ///
    /// Source: Azure IoT Hub documentation, "Use MQTT to establish communication with IoT Hub" and "AMQP support".
    enum Subprotocol: String, CaseIterable {
        case mqtt
        case amqp = "amqpwsb10"
    }

    /// Where the endpoint is; queries, such as the Java SDK's `?iothub-no-client-cert=true`, do not matter.
    static let path = "/$iothub/websocket"
    /// Where it is, too: uamqp, and with it Microsoft's service SDK for Python, knows only the path of Service Bus.
    static let otherPath = "/$servicebus/websocket"
    /// The only version there is; source: RFC 6455, "The WebSocket Protocol".
    static let version = "13"

    let subprotocol: Subprotocol
    /// The sub-protocol as the client wrote it.
    let name: String
    /// The client's `Sec-WebSocket-Key`.
    let key: String

    /// Looks for a WebSocket in what a request asks for.
    /// - Returns: nil when the request has nothing to do with WebSockets.
    /// - Throws: `WebSocketRefusal` when it has, but cannot be granted.
    init?(_ line: HTTPRequestHead) throws(WebSocketRefusal) {
        let isUpgrade = line.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        guard isUpgrade || line.uri.utf8.starts(with: "/$".utf8) || line.uri.utf8.starts(with: "/%".utf8) else {
            return nil
        }
        let isHere = [Self.path, Self.otherPath].contains(RequestTarget(line.uri).path)
        guard isHere || isUpgrade else { return nil }
        guard isHere else {
            throw WebSocketRefusal(.genericNotFound, "no WebSocket at '\(line.uri.prefix(200))', only at \(Self.path)")
        }
        guard line.method == .GET else {
            throw WebSocketRefusal(.genericMethodNotAllowed, "a WebSocket is asked for by GET, not \(line.method)")
        }
        guard isUpgrade else {
            throw .upgradeRequired("\(Self.path) is for WebSockets: expected 'Upgrade: websocket'")
        }
        try Self.check(line)
        guard let key = Self.onlyValue(of: "sec-websocket-key", line), Data(base64Encoded: key)?.count == 16 else {
            throw WebSocketRefusal(.genericBadRequest, "expected one Sec-WebSocket-Key, Base64 of 16 bytes")
        }
        self.key = key
        (subprotocol, name) = try Self.choose(line)
    }

    private static func check(_ line: HTTPRequestHead) throws(WebSocketRefusal) {
        guard line.version == .http1_1 else {
            throw WebSocketRefusal(.genericBadRequest, "a WebSocket is asked for by HTTP/1.1, not \(line.version)")
        }
        guard line.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }) else {
            throw WebSocketRefusal(.genericBadRequest, "expected 'Connection: Upgrade' beside 'Upgrade: websocket'")
        }
        let found = onlyValue(of: "sec-websocket-version", line)
        guard found == version else {
            let what = found.map { "'\($0.prefix(40))'" } ?? "none"
            throw .upgradeRequired("expected one Sec-WebSocket-Version, \(version); found \(what)")
        }
    }

    /// The first of the client's sub-protocols that the hub speaks.
    private static func choose(_ line: HTTPRequestHead) throws(WebSocketRefusal) -> (Subprotocol, String) {
        let names = line.headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
        for name in names {
            if let subprotocol = Subprotocol(rawValue: name.lowercased()) { return (subprotocol, name) }
        }
        let found = names.isEmpty ? "none" : "'\(names.joined(separator: ", ").prefix(100))'"
        throw WebSocketRefusal(
            .genericBadRequest,
            "expected the sub-protocol mqtt or AMQPWSB10 in Sec-WebSocket-Protocol; found \(found)"
        )
    }

    private static func onlyValue(of field: String, _ line: HTTPRequestHead) -> String? {
        let values = line.headers[field]
        return values.count == 1 ? values.first : nil
    }

    /// The header fields that accept the offer.
    var acceptance: HTTPHeaders {
        // Source: RFC 6455, "The WebSocket Protocol", section 4.2.2.
        let digest = Insecure.SHA1.hash(data: Data("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        return [
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Accept": Data(digest).base64EncodedString(), "Sec-WebSocket-Protocol": name,
        ]
    }
}
