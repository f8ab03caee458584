internal import COpenSSL
internal import Foundation

/// The opening handshake of a WebSocket to a hub: the request, and whether the answer agrees to it.
///
/// Source: RFC 6455, The WebSocket Protocol, sections 4.1 and 4.2.2.
struct WebSocketHandshake: Sendable {
    /// Source: Azure IoT SDK for C#, `WebSocketConstants`.
    static let path = "/$iothub/websocket"

    let host: String
    let port: Int
    let subprotocol: String
    private let key: String

    init(host: String, port: Int, subprotocol: String) {
        var generator = SystemRandomNumberGenerator()
        self.init(
            host: host,
            port: port,
            subprotocol: subprotocol,
            nonce: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
    }

    /// Makes a handshake with 16 bytes that nobody can guess.
    init(host: String, port: Int, subprotocol: String, nonce: [UInt8]) {
        self.host = host
        self.port = port
        self.subprotocol = subprotocol
        key = Data(nonce).base64EncodedString()
    }

    var request: [UInt8] {
        let name = host.contains(":") ? "[\(host)]" : host
        return Array(
            """
            GET \(Self.path) HTTP/1.1\r
            Host: \(name)\(port == 443 ? "" : ":\(port)")\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: \(key)\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Protocol: \(subprotocol)\r
            \r\n
            """.utf8
        )
    }

    /// What the answer must have for `Sec-WebSocket-Accept`.
    var accept: String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil)
        return Data(digest).base64EncodedString()
    }

    /// What is wrong with an answer of a peer; nil when the WebSocket is open.
    func problem(_ head: HTTPResponseHead, peer: String) -> DeviceClientError? {
        guard head.status == 101 else { return refusal(head, peer: peer) }
        func fault(_ words: String) -> DeviceClientError {
            DeviceClientError(.communication, "\(peer) does not agree to a WebSocket: \(words)")
        }
        guard head.list("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            head.list("connection").contains(where: { $0.lowercased() == "upgrade" })
        else { return fault("it switches to another protocol") }
        guard head.list("sec-websocket-accept") == [accept] else { return fault("it answers another key") }
        let agreed = head.list("sec-websocket-protocol")
        guard agreed.count == 1, agreed[0].lowercased() == subprotocol.lowercased() else {
            let found = agreed.isEmpty ? "none" : "'\(agreed.joined(separator: ", ").prefix(100))'"
            return fault("expected the sub-protocol '\(subprotocol)', found \(found)")
        }
        guard head.list("sec-websocket-extensions").isEmpty else {
            return fault("it wants an extension that it was not offered")
        }
        return nil
    }

    private func refusal(_ head: HTTPResponseHead, peer: String) -> DeviceClientError {
        let reason: DeviceClientError.Reason =
            switch head.status {
            case 401, 403: .unauthorized
            case 429: .throttled
            default: .communication
            }
        let hint = head.status == 404 ? "; is it the HTTPS port of a hub?" : ""
        return DeviceClientError(
            reason,
            status: head.status,
            "\(peer) refuses the WebSocket \(Self.path) with \(head.description)\(hint)"
        )
    }
}
