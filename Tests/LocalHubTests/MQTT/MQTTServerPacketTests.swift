import NIOCore
import Testing

@testable import LocalHub

@Suite("packets to devices")
struct MQTTServerPacketTests {
    @Test(
        "packets are written byte for byte",
        arguments: [
            ("20 02 00 00", .connectAcknowledgement(.accepted, sessionPresent: false)),
            ("20 02 01 00", .connectAcknowledgement(.accepted, sessionPresent: true)),
            ("20 02 00 05", .connectAcknowledgement(.notAuthorized, sessionPresent: false)),
            ("40 02 00 01", .publishAcknowledgement(packetID: 1)),
            ("90 03 00 02 01", .subscribeAcknowledgement(packetID: 2, [1])),
            ("90 05 00 02 01 80 00", .subscribeAcknowledgement(packetID: 2, [1, 0x80, 0])),
            ("B0 02 00 03", .unsubscribeAcknowledgement(packetID: 3)),
            ("D0 00", .pingResponse),
            ("30 05 00 01 'a' 7B 7D", .publish(MQTTDelivery(topic: "a", payload: [0x7B, 0x7D]))),
            ("32 05 00 01 'a' 12 34", .publish(MQTTDelivery(topic: "a", payload: [], packetID: 0x1234))),
        ] as [(String, MQTTServerPacket)]
    )
    func bytes(text: String, packet: MQTTServerPacket) throws {
        var buffer = ByteBuffer()
        buffer.write(packet)
        #expect(Array(buffer.readableBytesView) == hex(text))
        var decoder = MQTTFrameDecoder()
        decoder.append(buffer)
        let frame = try #require(try decoder.next())
        #expect(try MQTTServerPacket(frame) == packet)
    }

    @Test(
        "the remaining length takes seven bits a byte",
        arguments: [
            (0, "30 00"), (127, "30 7F"), (128, "30 80 01"), (16_383, "30 FF 7F"), (16_384, "30 80 80 01"),
            (2_097_151, "30 FF FF 7F"), (2_097_152, "30 80 80 80 01"), (268_435_455, "30 FF FF FF 7F"),
        ]
    )
    func remainingLength(length: Int, text: String) {
        var buffer = ByteBuffer()
        buffer.writeFixedHeader(0x30, remainingLength: length)
        #expect(Array(buffer.readableBytesView) == hex(text))
    }
}
