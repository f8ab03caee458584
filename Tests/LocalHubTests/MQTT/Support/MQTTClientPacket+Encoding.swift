import NIOCore

@testable import LocalHub

extension MQTTClientPacket {
    /// The packet's bytes, as a client sends them.
    var bytes: [UInt8] {
        var buffer = ByteBuffer()
        buffer.write(self)
        return Array(buffer.readableBytesView)
    }
}

extension ByteBuffer {
    /// Appends a packet as a client sends it.
    mutating func write(_ packet: MQTTClientPacket) {
        var body = ByteBuffer()
        var first: UInt8
        switch packet {
        case .connect(let connect):
            first = MQTTPacketType.connect << 4
            body.write(connect)
        case .connectOfOtherVersion(let level):
            first = MQTTPacketType.connect << 4
            body.write(text: "MQTT")
            body.writeInteger(level)
        case .publish(let publish):
            first = MQTTPacketType.publish << 4 | publish.quality.rawValue << 1
            first |= (publish.duplicate ? 0x08 : 0) | (publish.retain ? 0x01 : 0)
            body.write(text: publish.topic)
            if publish.quality != .atMostOnce { body.writeInteger(publish.packetID) }
            body.writeImmutableBuffer(publish.payload)
        case .publishAcknowledgement(let packetID):
            first = MQTTPacketType.publishAcknowledgement << 4
            body.writeInteger(packetID)
        case .subscribe(let packetID, let subscriptions):
            first = MQTTPacketType.subscribe << 4 | 2
            body.writeInteger(packetID)
            for subscription in subscriptions {
                body.write(text: subscription.filter)
                body.writeInteger(subscription.quality.rawValue)
            }
        case .unsubscribe(let packetID, let filters):
            first = MQTTPacketType.unsubscribe << 4 | 2
            body.writeInteger(packetID)
            for filter in filters { body.write(text: filter) }
        case .pingRequest: first = MQTTPacketType.pingRequest << 4
        case .disconnect: first = MQTTPacketType.disconnect << 4
        }
        writeFixedHeader(first, remainingLength: body.readableBytes)
        writeImmutableBuffer(body)
    }

    private mutating func write(_ connect: MQTTConnect) {
        write(text: "MQTT")
        writeInteger(4 as UInt8)
        var flags: UInt8 = connect.cleanSession ? 0x02 : 0
        if let will = connect.will { flags |= 0x04 | will.quality.rawValue << 3 | (will.retain ? 0x20 : 0) }
        if connect.userName != nil { flags |= 0x80 }
        if connect.password != nil { flags |= 0x40 }
        writeInteger(flags)
        writeInteger(connect.keepAlive)
        write(text: connect.clientID)
        if let will = connect.will {
            write(text: will.topic)
            writeInteger(UInt16(will.message.count))
            writeBytes(will.message)
        }
        if let userName = connect.userName { write(text: userName) }
        if let password = connect.password {
            writeInteger(UInt16(password.count))
            writeBytes(password)
        }
    }

    private mutating func write(text: String) {
        writeInteger(UInt16(text.utf8.count))
        writeString(text)
    }
}
