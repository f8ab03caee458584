/// Takes apart what a server sends over a WebSocket.
///
/// The protocols above are streams of bytes that do not care where messages begin and end, so payloads are handed on as
/// they come in, and nothing but control frames is ever kept.
///
/// Source: RFC 6455, The WebSocket Protocol, sections 5 and 7.4.
struct WebSocketReader: Sendable {
    /// A piece of what came in.
    enum Item {
        /// Bytes of a binary message, whole or not; they are good until the next call.
        case payload(UnsafeRawBufferPointer)
        case ping([UInt8])
        case pong
        /// The server ends the WebSocket; the code is missing when it gave none.
        case close(code: UInt16?, reason: String)
    }

    /// What a server must not send, and the code to end the WebSocket with.
    struct Fault: Error, Hashable {
        var code: UInt16
        var words: String
    }

    private enum State: Sendable {
        case header
        case data(remaining: UInt64)
        case control(WebSocketOpcode, remaining: Int)
    }

    /// Far more than a hub has to say: 256 KB are the most that a message may have.
    static let largestFrame: UInt64 = 16 << 20

    private var state = State.header
    /// The bytes of an incomplete header.
    private var header: [UInt8] = []
    /// The payload of an incomplete control frame.
    private var control: [UInt8] = []
    /// Whether a message has begun whose end has not come.
    private var isInMessage = false

    /// Takes the next piece off the front of the input; nil when the rest has to wait for more.
    mutating func next(_ input: inout UnsafeRawBufferPointer) throws(Fault) -> Item? {
        while !input.isEmpty {
            switch state {
            case .header:
                header.append(input[0])
                input = UnsafeRawBufferPointer(rebasing: input.dropFirst())
                // A control frame without payload is complete with its header.
                if try readHeader(), case .control(let opcode, 0) = state { return try endOfControl(opcode) }
            case .data(let remaining):
                let count = Int(min(remaining, UInt64(input.count)))
                let piece = UnsafeRawBufferPointer(rebasing: input[..<count])
                input = UnsafeRawBufferPointer(rebasing: input[count...])
                state = UInt64(count) == remaining ? .header : .data(remaining: remaining - UInt64(count))
                return .payload(piece)
            case .control(let opcode, let remaining):
                let count = min(remaining, input.count)
                control += input[..<count]
                input = UnsafeRawBufferPointer(rebasing: input[count...])
                if count == remaining { return try endOfControl(opcode) }
                state = .control(opcode, remaining: remaining - count)
            }
        }
        return nil
    }

    /// Whether the header is complete; then the state is what follows it.
    private mutating func readHeader() throws(Fault) -> Bool {
        guard header.count >= 2 else { return false }
        let isFinal = header[0] & 0x80 != 0
        guard header[0] & 0x70 == 0 else { throw Fault(code: 1002, words: "a frame with reserved bits") }
        guard let opcode = WebSocketOpcode(rawValue: header[0] & 0x0F) else {
            throw Fault(code: 1002, words: "a frame of the unknown kind \(header[0] & 0x0F)")
        }
        guard header[1] & 0x80 == 0 else { throw Fault(code: 1002, words: "a masked frame") }
        let short = header[1] & 0x7F
        let size = short == 127 ? 10 : short == 126 ? 4 : 2
        guard header.count >= size else { return false }
        let length = size == 2 ? UInt64(short) : header[2...].reduce(0) { $0 << 8 | UInt64($1) }
        header.removeAll(keepingCapacity: true)
        if opcode.isControl {
            guard isFinal, length < 126 else {
                throw Fault(code: 1002, words: "a control frame that is in parts or longer than 125 bytes")
            }
            state = .control(opcode, remaining: Int(length))
            return true
        }
        guard opcode != .text else { throw Fault(code: 1003, words: "text where bytes were expected") }
        guard (opcode == .continuation) == isInMessage else {
            let words = isInMessage ? "a new message inside another" : "the continuation of no message"
            throw Fault(code: 1002, words: words)
        }
        guard length <= Self.largestFrame else { throw Fault(code: 1009, words: "a frame of \(length) bytes") }
        isInMessage = !isFinal
        state = length == 0 ? .header : .data(remaining: length)
        return true
    }

    private mutating func endOfControl(_ opcode: WebSocketOpcode) throws(Fault) -> Item {
        state = .header
        let payload = control
        control = []
        switch opcode {
        case .ping: return .ping(payload)
        case .close: return try Self.close(payload)
        case .pong, .continuation, .text, .binary: return .pong
        }
    }

    private static func close(_ payload: [UInt8]) throws(Fault) -> Item {
        if payload.isEmpty { return .close(code: nil, reason: "") }
        guard payload.count >= 2 else { throw Fault(code: 1002, words: "a close frame with half a code") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        // The others are never sent, or not given away yet.
        guard (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code) || (3000...4999).contains(code) else {
            throw Fault(code: 1002, words: "the close code \(code), which does not exist")
        }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            throw Fault(code: 1007, words: "a reason to close that is no UTF-8")
        }
        return .close(code: code, reason: reason)
    }
}
