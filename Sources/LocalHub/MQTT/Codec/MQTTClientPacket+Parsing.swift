import NIOCore

extension MQTTClientPacket {
    /// Reads the packet in a frame.
    /// - Throws: `MQTTDecodingError` when it is none that a device may send, or malformed.
    init(_ frame: MQTTFrame) throws(MQTTDecodingError) {
        var reader = MQTTFieldReader(frame)
        switch frame.type {
        case MQTTPacketType.connect:
            try reader.expect(flags: 0)
            self = try reader.connect()
            if case .connectOfOtherVersion = self { return }
        case MQTTPacketType.publish:
            // The payload is all that is left.
            self = .publish(try reader.publish(flags: frame.flags))
            return
        case MQTTPacketType.publishAcknowledgement:
            try reader.expect(flags: 0)
            self = .publishAcknowledgement(packetID: try reader.packetID())
        case MQTTPacketType.subscribe:
            try reader.expect(flags: 2)
            self = .subscribe(packetID: try reader.packetID(), try reader.subscriptions())
        case MQTTPacketType.unsubscribe:
            try reader.expect(flags: 2)
            self = .unsubscribe(packetID: try reader.packetID(), try reader.filters())
        case MQTTPacketType.pingRequest:
            try reader.expect(flags: 0)
            self = .pingRequest
        case MQTTPacketType.disconnect:
            try reader.expect(flags: 0)
            self = .disconnect
        default:
            throw .unexpectedPacketType(frame.type)
        }
        try reader.expectEnd()
    }
}

extension MQTTFieldReader {
    fileprivate mutating func connect() throws(MQTTDecodingError) -> MQTTClientPacket {
        let name = try text()
        // MQIsdp is the name of MQTT 3.1; it is told its version is not spoken, as MQTT 5 is.
        guard name == "MQTT" || name == "MQIsdp" else { throw .badProtocolName }
        let level = try byte()
        guard name == "MQTT", level == 4 else { return .connectOfOtherVersion(level: level) }
        let flags = try byte()
        let hasUserName = flags & 0x80 != 0
        let hasPassword = flags & 0x40 != 0
        let willRetain = flags & 0x20 != 0
        let willQuality = MQTTQualityOfService(rawValue: flags >> 3 & 0x03)
        let hasWill = flags & 0x04 != 0
        guard flags & 0x01 == 0, hasUserName || !hasPassword, let willQuality,
            hasWill || (willQuality == .atMostOnce && !willRetain)
        else { throw .badConnectFlags(flags) }
        let keepAlive = try number()
        let clientID = try text()
        var will: MQTTConnect.Will?
        if hasWill {
            will = MQTTConnect.Will(
                topic: try text(),
                message: try bytes(),
                quality: willQuality,
                retain: willRetain
            )
        }
        return .connect(
            MQTTConnect(
                clientID: clientID,
                cleanSession: flags & 0x02 != 0,
                keepAlive: keepAlive,
                will: will,
                userName: hasUserName ? try text() : nil,
                password: hasPassword ? try bytes() : nil
            )
        )
    }

    fileprivate mutating func publish(flags: UInt8) throws(MQTTDecodingError) -> MQTTPublish {
        guard let quality = MQTTQualityOfService(rawValue: flags >> 1 & 0x03) else { throw .badQualityOfService(3) }
        let duplicate = flags & 0x08 != 0
        guard quality != .atMostOnce || !duplicate else { throw .duplicateWithoutQualityOfService }
        let topic = try text()
        guard !topic.isEmpty, !topic.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "+") }) else {
            throw .badTopic
        }
        let packetID = quality == .atMostOnce ? 0 : try self.packetID()
        return MQTTPublish(
            topic: topic,
            payload: rest(),
            quality: quality,
            packetID: packetID,
            retain: flags & 0x01 != 0,
            duplicate: duplicate
        )
    }

    fileprivate mutating func subscriptions() throws(MQTTDecodingError) -> [MQTTSubscription] {
        var subscriptions: [MQTTSubscription] = []
        while !isAtEnd {
            let filter = try self.filter()
            let value = try byte()
            guard let quality = MQTTQualityOfService(rawValue: value) else { throw .badQualityOfService(value) }
            subscriptions.append(MQTTSubscription(filter: filter, quality: quality))
        }
        if subscriptions.isEmpty { throw .noFilters(type: type) }
        return subscriptions
    }

    fileprivate mutating func filters() throws(MQTTDecodingError) -> [String] {
        var filters: [String] = []
        while !isAtEnd { filters.append(try filter()) }
        if filters.isEmpty { throw .noFilters(type: type) }
        return filters
    }

    private mutating func filter() throws(MQTTDecodingError) -> String {
        let filter = try text()
        if filter.isEmpty { throw .emptyFilter }
        return filter
    }
}
