import NIOCore

@testable import LocalHub

extension MQTTServerPacket {
    struct Unexpected: Error { var type: UInt8 }

    /// Reads a packet as a client gets it.
    init(_ frame: MQTTFrame) throws {
        var reader = MQTTFieldReader(frame)
        switch frame.type {
        case MQTTPacketType.connectAcknowledgement:
            let flags = try reader.byte()
            guard let code = MQTTConnectReturnCode(rawValue: try reader.byte()) else {
                throw Unexpected(type: frame.type)
            }
            self = .connectAcknowledgement(code, sessionPresent: flags == 1)
        case MQTTPacketType.publish:
            let topic = try reader.text()
            let packetID = frame.flags & 0x06 == 0 ? nil : try reader.packetID()
            self = .publish(
                MQTTDelivery(topic: topic, payload: Array(reader.rest().readableBytesView), packetID: packetID)
            )
        case MQTTPacketType.publishAcknowledgement:
            self = .publishAcknowledgement(packetID: try reader.packetID())
        case MQTTPacketType.subscribeAcknowledgement:
            let packetID = try reader.packetID()
            self = .subscribeAcknowledgement(packetID: packetID, Array(reader.rest().readableBytesView))
        case MQTTPacketType.unsubscribeAcknowledgement:
            self = .unsubscribeAcknowledgement(packetID: try reader.packetID())
        case MQTTPacketType.pingResponse:
            self = .pingResponse
        default:
            throw Unexpected(type: frame.type)
        }
        try reader.expectEnd()
    }
}
