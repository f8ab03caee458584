import NIOCore
import TestKit
import Testing

@testable import LocalHub

/// The bytes are those that azure-iot-device 2.14.0 sends, where they look like it.
@Suite("packets from devices")
struct MQTTClientPacketTests {
    static func publish(
        _ topic: String,
        _ payload: String = "",
        packetID: UInt16 = 0,
        duplicate: Bool = false,
        retain: Bool = false
    ) -> MQTTClientPacket {
        .publish(
            MQTTPublish(
                topic: topic,
                payload: ByteBuffer(string: payload),
                quality: packetID == 0 ? .atMostOnce : .atLeastOnce,
                packetID: packetID,
                retain: retain,
                duplicate: duplicate
            )
        )
    }

    static let connect = MQTTConnect(
        clientID: "dev1",
        cleanSession: false,
        keepAlive: 60,
        will: nil,
        userName: "h/dev1/?api-version=2019-10-01",
        password: Array("secret".utf8)
    )
    static let will = MQTTConnect.Will(
        topic: "devices/dev1/messages/events/",
        message: [0, 255],
        quality: .atLeastOnce,
        retain: true
    )

    static let valid: [(bytes: [UInt8], packet: MQTTClientPacket)] = [
        (
            hex("10 38 00 04 'MQTT' 04 C0 00 3C 00 04 'dev1' 00 1E 'h/dev1/?api-version=2019-10-01' 00 06 'secret'"),
            .connect(connect)
        ),
        (hex("10 07 00 04 'MQTT' 05"), .connectOfOtherVersion(level: 5)),
        (hex("10 0C 00 04 'MQTT' 05 C0 00 3C FF FF"), .connectOfOtherVersion(level: 5)),
        (hex("10 09 00 06 'MQIsdp' 03"), .connectOfOtherVersion(level: 3)),
        (
            hex("32 40 00 3B '$iothub/twin/GET/?$rid=07d4308e-2d4f-4f3f-8488-5483f926df78' 00 01 20"),
            publish("$iothub/twin/GET/?$rid=07d4308e-2d4f-4f3f-8488-5483f926df78", " ", packetID: 1)
        ),
        (
            hex(
                "32 6E 00 51 '$iothub/twin/PATCH/properties/reported/?$rid=9850c219-b74c-413c-bcde-8b815afe0838' "
                    + "00 07 '{\"t\": 21.5, \"gone\": null}'"
            ),
            publish(
                "$iothub/twin/PATCH/properties/reported/?$rid=9850c219-b74c-413c-bcde-8b815afe0838",
                "{\"t\": 21.5, \"gone\": null}",
                packetID: 7
            )
        ),
        (
            hex(
                "32 69 00 5E 'devices/dev1/messages/events/%24.mid=id%201&%24.ct=application%2Fjson&%24.ce=utf-8"
                    + "&k%20a=v%2F1' 00 08 '{\"a\":1}'"
            ),
            publish(
                "devices/dev1/messages/events/%24.mid=id%201&%24.ct=application%2Fjson&%24.ce=utf-8&k%20a=v%2F1",
                "{\"a\":1}",
                packetID: 8
            )
        ),
        (
            hex("32 2F 00 1F '$iothub/methods/res/200/?$rid=1' 00 09 '{\"ok\": true}'"),
            publish("$iothub/methods/res/200/?$rid=1", "{\"ok\": true}", packetID: 9)
        ),
        (hex("31 03 00 01 'a'"), publish("a", retain: true)),
        (hex("3A 05 00 01 'a' 00 02"), publish("a", packetID: 2, duplicate: true)),
        (
            hex("82 2C 00 02 00 27 '$iothub/twin/PATCH/properties/desired/#' 01"),
            .subscribe(
                packetID: 2,
                [MQTTSubscription(filter: "$iothub/twin/PATCH/properties/desired/#", quality: .atLeastOnce)]
            )
        ),
        (
            hex("82 0A 00 05 00 01 'a' 00 00 01 'b' 02"),
            .subscribe(
                packetID: 5,
                [
                    MQTTSubscription(filter: "a", quality: .atMostOnce),
                    MQTTSubscription(filter: "b", quality: .exactlyOnce),
                ]
            )
        ),
        (hex("A2 08 00 06 00 01 'a' 00 01 'b'"), .unsubscribe(packetID: 6, ["a", "b"])),
        (hex("40 02 12 34"), .publishAcknowledgement(packetID: 0x1234)),
        (hex("C0 00"), .pingRequest),
        (hex("E0 00"), .disconnect),
    ]

    @Test("every packet is read, whatever pieces it comes in", arguments: valid)
    func reads(bytes: [UInt8], packet: MQTTClientPacket) {
        for pieces in Cuts.all(of: bytes) {
            let decoded = Cuts.decode(pieces)
            #expect(decoded.packets == [packet])
            #expect(decoded.error == nil)
        }
    }

    @Test("packets one after the other are read in order, whatever pieces they come in")
    func stream() {
        let bytes = Self.valid.flatMap(\.bytes)
        for pieces in Cuts.all(of: bytes) {
            #expect(Cuts.decode(pieces).packets == Self.valid.map(\.packet))
        }
    }

    @Test("a will is read between client id and user name")
    func willIsRead() {
        var connect = Self.connect
        connect.will = Self.will
        #expect(Cuts.decode([MQTTClientPacket.connect(connect).bytes[...]]).packets == [.connect(connect)])
    }

    static let malformed: [(bytes: [UInt8], error: MQTTDecodingError)] = [
        (hex("00 00"), .unknownPacketType(0)),
        (hex("F0 00"), .unknownPacketType(15)),
        (hex("20 02 00 00"), .unexpectedPacketType(2)),
        (hex("50 02 00 01"), .unexpectedPacketType(5)),
        (hex("62 02 00 01"), .unexpectedPacketType(6)),
        (hex("30 FF FF FF FF"), .remainingLengthTooLong),
        (hex("30 FF FF FF 7F"), .packetTooLarge(268_435_455)),
        (hex("C1 00"), .badFlags(type: 12, flags: 1)),
        (hex("80 06 00 01 00 01 'a' 00"), .badFlags(type: 8, flags: 0)),
        (hex("A0 05 00 01 00 01 'a'"), .badFlags(type: 10, flags: 0)),
        (hex("11 07 00 04 'MQTT' 05"), .badFlags(type: 1, flags: 1)),
        (hex("C0 01 00"), .trailingBytes(type: 12)),
        (hex("E0 01 00"), .trailingBytes(type: 14)),
        (hex("40 03 00 01 00"), .trailingBytes(type: 4)),
        (hex("40 01 00"), .truncated(type: 4)),
        (hex("40 02 00 00"), .zeroPacketID(type: 4)),
        (hex("10 00"), .truncated(type: 1)),
        (hex("10 07 00 04 'HTTP' 04"), .badProtocolName),
        (hex("10 07 00 04 'mqtt' 04"), .badProtocolName),
        (hex("10 07 00 04 'MQTT' 04"), .truncated(type: 1)),
        (hex("10 0C 00 04 'MQTT' 04 01 00 00 00 00"), .badConnectFlags(0x01)),
        (hex("10 0C 00 04 'MQTT' 04 40 00 00 00 00"), .badConnectFlags(0x40)),
        (hex("10 0C 00 04 'MQTT' 04 1C 00 00 00 00"), .badConnectFlags(0x1C)),
        (hex("10 0C 00 04 'MQTT' 04 08 00 00 00 00"), .badConnectFlags(0x08)),
        (hex("10 0C 00 04 'MQTT' 04 20 00 00 00 00"), .badConnectFlags(0x20)),
        (hex("10 0D 00 04 'MQTT' 04 02 00 00 00 00 00"), .trailingBytes(type: 1)),
        (hex("10 0E 00 04 'MQTT' 04 02 00 00 00 02 C3 28"), .badText(type: 1)),
        (hex("30 03 00 01 00"), .badText(type: 3)),
        (hex("30 05 00 03 ED A0 80"), .badText(type: 3)),
        (hex("30 02 00 00"), .badTopic),
        (hex("30 03 00 01 '#'"), .badTopic),
        (hex("30 05 00 03 'a/+'"), .badTopic),
        (hex("30 03 00 05 'a'"), .truncated(type: 3)),
        (hex("30 00"), .truncated(type: 3)),
        (hex("36 05 00 01 'a' 00 01"), .badQualityOfService(3)),
        (hex("38 03 00 01 'a'"), .duplicateWithoutQualityOfService),
        (hex("32 05 00 01 'a' 00 00"), .zeroPacketID(type: 3)),
        (hex("32 03 00 01 'a'"), .truncated(type: 3)),
        (hex("82 02 00 01"), .noFilters(type: 8)),
        (hex("A2 02 00 01"), .noFilters(type: 10)),
        (hex("82 06 00 00 00 01 'a' 00"), .zeroPacketID(type: 8)),
        (hex("82 06 00 01 00 01 'a' 03"), .badQualityOfService(3)),
        (hex("82 05 00 01 00 01 'a'"), .truncated(type: 8)),
        (hex("82 05 00 01 00 00 01"), .emptyFilter),
        (hex("A2 04 00 01 00 00"), .emptyFilter),
    ]

    @Test("a malformed packet is an error that ends the stream, whatever pieces it comes in", arguments: malformed)
    func refuses(bytes: [UInt8], error: MQTTDecodingError) {
        for pieces in Cuts.all(of: hex("C0 00") + bytes + hex("C0 00")) {
            let decoded = Cuts.decode(pieces)
            #expect(decoded.packets == [.pingRequest])
            #expect(decoded.error == error)
        }
    }

    @Test("the largest packet is taken, and one byte more is refused before it is there")
    func size() {
        let payload = String(repeating: "x", count: MQTTFrameDecoder.maximumPayload)
        let largest = Self.publish(String(repeating: "t", count: 65_535), payload, packetID: 1)
        var generator = SeededGenerator(seed: 7)
        #expect(Cuts.decode([largest.bytes[...]]).packets == [largest])
        #expect(Cuts.decode(Cuts.random(largest.bytes, using: &generator)).packets == [largest])
        var header = ByteBuffer()
        header.writeFixedHeader(0x32, remainingLength: MQTTFrameDecoder.maximumRemainingLength + 1)
        #expect(
            Cuts.decode([ArraySlice(header.readableBytesView)]).error
                == .packetTooLarge(MQTTFrameDecoder.maximumRemainingLength + 1)
        )
    }
}
