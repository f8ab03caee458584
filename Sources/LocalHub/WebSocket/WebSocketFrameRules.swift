import NIOCore
import NIOWebSocket

/// Decides what each frame of a client means for the stream of bytes that it carries: a plain value.
///
/// Messages mean nothing here: MQTT and AMQP may cut their bytes into frames and messages as they like.
///
/// Source: RFC 6455, "The WebSocket Protocol", sections 5 and 7.4.
struct WebSocketFrameRules {
    enum Verdict: Equatable {
        /// The next bytes of the stream.
        case bytes(ByteBuffer)
        /// Answer with this pong.
        case pong(ByteBuffer)
        case nothing
        /// The client says goodbye, with a code or without one: answer the same.
        case goodbye(WebSocketErrorCode?)
        case violation(WebSocketViolation)
    }

    /// Whether a message has begun that has not ended.
    private var isInMessage = false

    mutating func judge(_ frame: WebSocketFrame) -> Verdict {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .violation(.init(.protocolError, "a frame with reserved bits, though no extension was agreed on"))
        }
        guard frame.maskKey != nil else {
            return .violation(.init(.protocolError, "a frame that is not masked"))
        }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .binary, .text, .continuation: return judge(data, frame.opcode, isLast: frame.fin)
        case .ping: return .pong(data)
        case .pong: return .nothing
        case .connectionClose: return Self.judge(goodbye: data)
        default: return .violation(.init(.protocolError, "a frame with the unknown opcode \(frame.opcode)"))
        }
    }

    private mutating func judge(_ data: ByteBuffer, _ opcode: WebSocketOpcode, isLast: Bool) -> Verdict {
        guard isInMessage == (opcode == .continuation) else {
            let what = isInMessage ? "a new message inside of another" : "the continuation of no message"
            return .violation(.init(.protocolError, what))
        }
        guard opcode != .text else {
            return .violation(.init(.unacceptableData, "text; the hub's protocols are binary"))
        }
        isInMessage = !isLast
        return data.readableBytes == 0 ? .nothing : .bytes(data)
    }

    private static func judge(goodbye data: ByteBuffer) -> Verdict {
        var data = data
        guard data.readableBytes > 0 else { return .goodbye(nil) }
        guard let number = data.readInteger(as: UInt16.self) else {
            return .violation(.init(.protocolError, "half a close code"))
        }
        // 1004 to 1006 and 1015 are never sent; 3000 to 4999 are for anybody's use.
        switch number {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .violation(.init(.protocolError, "the close code \(number), which may not be sent"))
        }
        guard data.readableBytesView.isEmpty || String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return .violation(.init(.dataInconsistentWithMessage, "a close reason that is not UTF-8"))
        }
        return .goodbye(WebSocketErrorCode(codeNumber: Int(number)))
    }
}

/// A client broke the rules of WebSockets.
struct WebSocketViolation: Error, Equatable, CustomStringConvertible {
    /// What the client is told.
    let code: WebSocketErrorCode
    /// What it did.
    let what: String

    init(_ code: WebSocketErrorCode, _ what: String) {
        self.code = code
        self.what = what
    }

    /// What the decoder of frames found.
    init(_ error: NIOWebSocketError) {
        switch error {
        case .invalidFrameLength:
            self.init(.messageTooLarge, "a frame of more than \(WebSocketHandler.largestFrame) bytes")
        case .fragmentedControlFrame: self.init(.protocolError, "a control frame in fragments")
        case .multiByteControlFrameLength: self.init(.protocolError, "a control frame of more than 125 bytes")
        }
    }

    var description: String { "against the rules of WebSockets: \(what)" }
}
