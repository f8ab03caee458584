import NIOCore

/// The hub's answer to a CONNECT.
enum MQTTConnectReturnCode: UInt8, Sendable, Hashable {
    case accepted = 0
    case unacceptableProtocolVersion = 1
    case identifierRejected = 2
    case serverUnavailable = 3
    case badUserNameOrPassword = 4
    case notAuthorized = 5
}

/// A message to a device.
struct MQTTDelivery: Sendable, Hashable {
    var topic: String
    var payload: [UInt8]
    /// The packet id of a message of QoS 1; nil with QoS 0.
    var packetID: UInt16?
}

/// A packet that the hub sends.
enum MQTTServerPacket: Sendable, Hashable {
    case connectAcknowledgement(MQTTConnectReturnCode, sessionPresent: Bool)
    case publish(MQTTDelivery)
    case publishAcknowledgement(packetID: UInt16)
    /// With one return code per filter: the granted quality of service, or `subscriptionRefused`.
    case subscribeAcknowledgement(packetID: UInt16, [UInt8])
    case unsubscribeAcknowledgement(packetID: UInt16)
    case pingResponse

    /// The return code of a filter that the hub does not know or take.
    static let subscriptionRefused: UInt8 = 0x80
}

extension ByteBuffer {
    /// Appends a packet to a device.
    mutating func write(_ packet: MQTTServerPacket) {
        switch packet {
        case .connectAcknowledgement(let code, let sessionPresent):
            writeMultipleIntegers(
                MQTTPacketType.connectAcknowledgement << 4,
                2 as UInt8,
                (sessionPresent ? 1 : 0) as UInt8,
                code.rawValue
            )
        case .publish(let delivery):
            write(delivery)
        case .publishAcknowledgement(let packetID):
            writeMultipleIntegers(MQTTPacketType.publishAcknowledgement << 4, 2 as UInt8, packetID)
        case .subscribeAcknowledgement(let packetID, let codes):
            writeFixedHeader(MQTTPacketType.subscribeAcknowledgement << 4, remainingLength: 2 + codes.count)
            writeInteger(packetID)
            writeBytes(codes)
        case .unsubscribeAcknowledgement(let packetID):
            writeMultipleIntegers(MQTTPacketType.unsubscribeAcknowledgement << 4, 2 as UInt8, packetID)
        case .pingResponse:
            writeMultipleIntegers(MQTTPacketType.pingResponse << 4, 0 as UInt8)
        }
    }

    private mutating func write(_ delivery: MQTTDelivery) {
        let topicLength = delivery.topic.utf8.count
        let quality: UInt8 = delivery.packetID == nil ? 0 : 1
        writeFixedHeader(
            MQTTPacketType.publish << 4 | quality << 1,
            remainingLength: 2 + topicLength + (delivery.packetID == nil ? 0 : 2) + delivery.payload.count
        )
        // The hub makes its topics itself; the one part it echoes, the request id, is held short when it comes in.
        writeInteger(UInt16(truncatingIfNeeded: topicLength))
        writeString(delivery.topic)
        if let packetID = delivery.packetID { writeInteger(packetID) }
        writeBytes(delivery.payload)
    }

    /// Appends a packet's first byte and its remaining length, seven bits a byte.
    mutating func writeFixedHeader(_ first: UInt8, remainingLength: Int) {
        writeInteger(first)
        var left = remainingLength
        repeat {
            let low = UInt8(truncatingIfNeeded: left & 0x7F)
            left >>= 7
            writeInteger(left > 0 ? low | 0x80 : low)
        } while left > 0
    }
}
