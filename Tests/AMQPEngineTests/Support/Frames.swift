@testable import AMQPEngine

/// Frames by hand, for peers that are not this engine.
enum Raw {
    static func frame(_ code: UInt64, _ fields: [AMQPValue], channel: UInt16 = 0, payload: [UInt8] = []) -> [UInt8] {
        var bytes = FrameHeader.frame(type: FrameHeader.amqpType, code, fields) + payload
        bytes[6] = UInt8(channel >> 8)
        bytes[7] = UInt8(channel & 0xFF)
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { bytes.replaceSubrange(0..<4, with: $0) }
        return bytes
    }

    static let open = frame(0x10, [.string("peer"), .string("localhost"), .uint(65_536), .ushort(65_535)])
    static let begin = frame(0x11, [.null, .uint(0), .uint(65_536), .uint(65_536), .uint(.max)])

    static func attach(_ name: String, _ handle: UInt32, isReceiver: Bool, channel: UInt16 = 0) -> [UInt8] {
        let source = AMQPValue.described(descriptor: .ulong(0x28), value: .list([.string("$cbs")]))
        let target = AMQPValue.described(descriptor: .ulong(0x29), value: .list([.string("$cbs")]))
        return frame(
            0x12,
            [
                .string(name), .uint(handle), .bool(isReceiver), .ubyte(0), .ubyte(0), source, target, .null, .null,
                isReceiver ? .null : .uint(0), .ulong(0),
            ],
            channel: channel
        )
    }

    static func transfer(
        _ handle: UInt32 = 0,
        id: UInt32? = 0,
        tag: [UInt8]? = [1, 0, 0, 0],
        more: Bool = false,
        settled: Bool = false,
        _ payload: [UInt8] = []
    ) -> [UInt8] {
        frame(
            0x14,
            [
                .uint(handle), id.map { .uint($0) } ?? .null, tag.map { .binary($0) } ?? .null, .uint(0),
                .bool(settled),
                .bool(more),
            ],
            payload: payload
        )
    }
}

/// A server and a peer of bytes.
final class RawClient {
    let server: AMQPConnection
    var events: [AMQPEvent] = []
    var received: [UInt8] = []
    private var creditWindow: Int

    init(creditWindow: Int = 10, configure: (inout AMQPConfiguration) -> Void = { _ in }) {
        var configuration = AMQPConfiguration(containerID: "hub")
        configure(&configuration)
        server = AMQPConnection(.server(mechanisms: ["ANONYMOUS", "MSSBCBS", "PLAIN"]), configuration)
        self.creditWindow = creditWindow
    }

    /// A client that has opened, begun a session and attached a sender (handle 0) and a receiver (handle 1).
    static func attached(creditWindow: Int = 10, configure: (inout AMQPConfiguration) -> Void = { _ in }) -> RawClient {
        let client = RawClient(creditWindow: creditWindow, configure: configure)
        client.send(ProtocolHeader.amqp + Raw.open + Raw.begin)
        client.send(Raw.attach("to", 0, isReceiver: false) + Raw.attach("from", 1, isReceiver: true))
        return client
    }

    func send(_ bytes: [UInt8]) {
        server.receive(bytes)
        settle()
    }

    func settle() {
        var options = AMQPLinkOptions()
        options.creditWindow = creditWindow
        while let event = server.nextEvent() {
            events.append(event)
            switch event {
            case .saslInit: server.answerSASL(.ok)
            case .opened: server.open()
            case .sessionBegun(let session): server.accept(session)
            case .linkAttached(let link): server.accept(link, options)
            case .delivery(let delivery): server.settle(delivery.id, .accepted)
            default: break
            }
        }
        received += server.takeOutput()
    }
}
