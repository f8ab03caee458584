import Testing

@testable import AMQPEngine

/// What uamqp 1.6.11 (azure-iot-hub 2.7.0) sent in a capture, frame by frame, field by field.
@Suite("captured bytes of Python's uamqp")
struct CapturedBytesTests {
    private static let saslHeader: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 3, 1, 0, 0]
    private static let header: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 0, 1, 0, 0]
    private static let initial: [UInt8] =
        [0, 0, 0, 0x19, 2, 1, 0, 0, 0, 0x53, 0x41, 0xC0, 0x0C, 1, 0xA3, 9] + Array("MSSBCBS".utf8)

    private static func terminus(_ descriptor: UInt64, _ address: String) -> AMQPValue {
        .described(descriptor: .ulong(descriptor), value: .list([.string(address)]))
    }

    private static func cbsLink(_ name: String, _ handle: UInt32, isReceiver: Bool) -> [UInt8] {
        Raw.frame(
            0x12,
            [
                .string(name), .uint(handle), .bool(isReceiver), .ubyte(0), .ubyte(0), terminus(0x28, "$cbs"),
                terminus(0x29, "$cbs"), .null, .null, isReceiver ? .null : .uint(0), .ulong(0),
            ]
        )
    }

    private static var putToken: [UInt8] {
        var message = AMQPMessage(body: .value(.string("SharedAccessSignature sr=localhost&sig=x&se=1&skn=service")))
        message.properties.messageID = .ulong(0)
        message.applicationProperties = [
            .string("name"): .string("https://localhost"), .string("operation"): .string("put-token"),
            .string("type"): .string("servicebus.windows.net:sastoken"),
        ]
        return message.encoded
    }

    @Test("the whole conversation runs as in the capture", arguments: [nil, 1, 7] as [Int?])
    func conversation(pieceSize: Int?) throws {
        let client = RawClient()
        func send(_ bytes: [UInt8]) {
            client.received = []
            for start in stride(from: 0, to: bytes.count, by: pieceSize ?? bytes.count) {
                client.send(Array(bytes[start..<min(start + (pieceSize ?? bytes.count), bytes.count)]))
            }
        }
        send(Self.saslHeader)
        #expect(client.received.prefix(8) == Self.saslHeader[...])
        send(Self.frameSizeFixed(Self.initial))
        #expect(client.events.inits == [AMQPSASLInit(mechanism: "MSSBCBS", response: nil, hostname: nil)])
        // The outcome of the capture, byte by byte.
        #expect(client.received == [0, 0, 0, 0x10, 2, 1, 0, 0, 0, 0x53, 0x44, 0xC0, 3, 1, 0x50, 0])
        send(Self.header)
        #expect(client.received.prefix(8) == Self.header[...])
        send(
            Raw.frame(
                0x10,
                [.string("b7b5d4d4-6a4d-4e0c-9b38-1f8e"), .string("localhost"), .uint(65_536), .ushort(65_535)]
            )
        )
        send(Raw.begin)
        send(Self.cbsLink("$cbs-sender", 0, isReceiver: false) + Self.cbsLink("$cbs-receiver", 1, isReceiver: true))
        #expect(client.events.attached.map(\.name) == ["$cbs-sender", "$cbs-receiver"])
        #expect(client.events.attached.map(\.remote?.target?.address) == ["$cbs", "$cbs"])
        send(
            Raw.frame(
                0x14,
                [.uint(0), .uint(0), .binary([1, 0, 0, 0]), .uint(0), .bool(false), .bool(false)],
                payload: Self.putToken
            )
        )
        let delivery = try #require(client.events.deliveries.first)
        #expect(delivery.tag == [1, 0, 0, 0])
        let message = try AMQPMessage(decoding: delivery.bytes)
        #expect(message.properties.messageID == .ulong(0))
        #expect(message.applicationProperties[string: "operation"] == .string("put-token"))

        // The credit comes after the request: 10,000.
        let replies = try #require(client.events.attached.last)
        send(
            Raw.frame(
                0x13,
                [
                    .uint(0), .uint(65_536), .uint(1), .uint(65_536), .uint(1), .uint(0), .uint(10_000), .null,
                    .bool(false),
                ]
            )
        )
        #expect(replies.credit == 10_000)
        var reply = AMQPMessage(body: .value(.null))
        reply.properties.correlationID = message.properties.messageID
        reply.applicationProperties = [
            .string("status-code"): .int(200), .string("status-description"): .string("OK"),
        ]
        let id = try client.server.send(reply.encoded, over: replies)
        client.received = []
        client.settle()
        // uamqp takes a ulong0 only: properties, a list of six, whose last field is 0x44.
        let properties: [UInt8] = [0, 0x53, 0x73, 0xC0, 7, 6, 0x40, 0x40, 0x40, 0x40, 0x40, 0x44]
        #expect(client.received.indices.contains { client.received[$0...].starts(with: properties) })
        send(
            Raw.frame(
                0x15,
                [
                    .bool(true), .uint(0), .uint(0), .bool(true),
                    .described(descriptor: .ulong(0x24), value: .list([])),
                ]
            )
        )
        #expect(client.events.settled.map(\.id) == [id])
        #expect(client.events.settled.first?.outcome == .accepted)

        // The service's C2D link and message.
        send(
            Raw.frame(
                0x12,
                [
                    .string("sender-link-6e1c"), .uint(2), .bool(false), .ubyte(0), .ubyte(1),
                    Self.terminus(0x28, "b7b5d4d4"), Self.terminus(0x29, "amqps://localhost/messages/devicebound"),
                    .null, .null, .uint(0), .ulong(1_048_576),
                ]
            )
        )
        #expect(client.events.attached.last?.remote?.receiverSettleMode == .second)
        #expect(client.events.attached.last?.remote?.maxMessageSize == 1_048_576)
        var command = AMQPMessage(body: .data([Array("hello".utf8)]))
        command.properties.messageID = .string("m1")
        command.properties.to = "/devices/dev1/messages/devicebound"
        send(Raw.transfer(2, id: 1, tag: [2, 0, 0, 0], command.encoded))
        let second = try #require(client.events.deliveries.last)
        #expect(try AMQPMessage(decoding: second.bytes) == command)
        send(Raw.frame(0x18, []))
        #expect(client.events.closes == [nil])
        #expect(client.events.failures.isEmpty)
        #expect(client.received == FrameHeader.close(nil))
    }

    /// The size in front follows from the bytes.
    private static func frameSizeFixed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes[3] = UInt8(bytes.count)
        bytes[12] = UInt8(bytes.count - 13)
        bytes[15] = UInt8(bytes.count - 16)
        return bytes
    }
}
