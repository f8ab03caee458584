/// A client's end of a WebSocket as a value: bytes of the server in; payloads, and bytes for the server, out.
struct WebSocketSession: Sendable {
    private enum Stage: Sendable {
        /// Nothing is sent yet. May become: upgrading.
        case idle
        /// The request is on its way. May become: open, over.
        case upgrading
        /// May become: over.
        case open
        /// Closed by either end, or failed.
        case over
    }

    /// Longest payload of a frame; hubs bound what they take.
    static let largestPayload = 16_384

    private let handshake: WebSocketHandshake
    /// Who is at the other end, for errors.
    private let peer: String
    private var stage = Stage.idle
    private var head = HTTPHeadReader()
    private var reader = WebSocketReader()
    private var output: [UInt8] = []
    /// The last ping that is not answered.
    private var ping: [UInt8]?
    /// Why the WebSocket is gone; nil while it stands.
    private(set) var failure: DeviceClientError?

    init(_ handshake: WebSocketHandshake, peer: String) {
        self.handshake = handshake
        self.peer = peer
    }

    /// Whether payloads can be sent.
    var isOpen: Bool {
        if case .open = stage { true } else { false }
    }

    /// Asks for the WebSocket, once the connection stands.
    mutating func start() {
        guard case .idle = stage else { return }
        stage = .upgrading
        output += handshake.request
    }

    /// Takes what the server has sent; payloads are handed over in pieces.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ received: (UnsafeRawBufferPointer) -> Void) {
        var input = bytes
        if case .upgrading = stage { receiveHead(&input) }
        guard case .open = stage else { return }
        do throws(WebSocketReader.Fault) {
            while case .open = stage, let item = try reader.next(&input) {
                switch item {
                case .payload(let piece): received(piece)
                // Only the last of several needs an answer, so that a server cannot make us owe it many.
                case .ping(let payload): ping = payload
                case .pong: break
                case .close(let code, let reason): closed(code, reason)
                }
            }
        } catch {
            end(code: error.code)
            failure = DeviceClientError(.communication, "\(peer) sent \(error.words) over the WebSocket")
        }
    }

    private mutating func receiveHead(_ input: inout UnsafeRawBufferPointer) {
        do throws(HTTPHeadReader.Malformed) {
            guard let (head, count) = try head.receive(input) else { return }
            input = UnsafeRawBufferPointer(rebasing: input[count...])
            failure = handshake.problem(head, peer: peer)
            stage = failure == nil ? .open : .over
        } catch {
            failure = DeviceClientError(
                .communication,
                "\(peer) answers the request for a WebSocket with \(error.words)"
            )
            stage = .over
        }
    }

    private mutating func closed(_ code: UInt16?, _ reason: String) {
        end(code: code)
        let words = code.map { " with code \($0)\(Self.name(of: $0))" } ?? ""
        let detail = reason.isEmpty ? "" : ": \(reason)"
        failure = DeviceClientError(.communication, "\(peer) has closed the WebSocket\(words)\(detail)")
    }

    /// Sends bytes, in as many messages as it takes.
    mutating func send(_ bytes: [UInt8]) {
        guard case .open = stage else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            frame(.binary, rest.prefix(Self.largestPayload))
            rest = rest.dropFirst(Self.largestPayload)
        }
    }

    /// Says goodbye.
    mutating func close() {
        if case .open = stage { end(code: 1000) }
        stage = .over
    }

    /// Hands over what must be sent, without a pong when the server is slow to read.
    mutating func takeOutput(isSlow: Bool = false) -> [UInt8] {
        if let payload = ping, !isSlow, case .open = stage { frame(.pong, payload) }
        ping = nil
        defer { output = [] }
        return output
    }

    private mutating func end(code: UInt16?) {
        let payload = code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []
        frame(.close, payload)
        stage = .over
    }

    private mutating func frame(_ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>) {
        WebSocketFrame.append(opcode, payload, mask: .random(in: 0 ... .max), to: &output)
    }

    /// What a close code stands for.
    private static func name(of code: UInt16) -> String {
        switch code {
        case 1000: " (normal)"
        case 1001: " (going away)"
        case 1002: " (protocol error)"
        case 1003: " (unacceptable data)"
        case 1007: " (bad text)"
        case 1008: " (against its policy)"
        case 1009: " (too big)"
        case 1011: " (internal error)"
        case 1012: " (restart)"
        case 1013: " (try again later)"
        case 1014: " (bad gateway)"
        default: ""
        }
    }
}
