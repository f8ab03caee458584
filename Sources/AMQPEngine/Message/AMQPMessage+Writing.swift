extension AMQPMessage {
    /// The message as AMQP bytes, for a transfer.
    public var encoded: [UInt8] {
        var writer = AMQPWriter()
        if let header { writer.describedList(Section.header.rawValue, header.fields) }
        writer.section(.deliveryAnnotations, deliveryAnnotations)
        writer.section(.messageAnnotations, annotations)
        let fields = properties.fields
        if fields.contains(where: { $0 != .null }) { writer.describedList(Section.properties.rawValue, fields) }
        writer.section(.applicationProperties, applicationProperties)
        switch body {
        case .none: break
        case .data(let parts): for part in parts { writer.section(.data, .binary(part)) }
        case .sequence(let parts): for part in parts { writer.section(.sequence, .list(part)) }
        case .value(let value): writer.section(.value, value)
        }
        writer.section(.footer, footer)
        return writer.bytes
    }

    /// The descriptors of the sections, in their order.
    enum Section: UInt64 {
        case header = 0x70
        case deliveryAnnotations, messageAnnotations, properties, applicationProperties, data, sequence, value, footer
    }
}

extension AMQPWriter {
    fileprivate mutating func section(_ section: AMQPMessage.Section, _ value: AMQPValue) {
        byte(0)
        self.value(.ulong(section.rawValue))
        self.value(value)
    }

    fileprivate mutating func section(_ section: AMQPMessage.Section, _ map: AMQPMap) {
        if !map.isEmpty { self.section(section, .map(map)) }
    }
}

extension AMQPMessageHeader {
    fileprivate var fields: [AMQPValue] {
        [
            isDurable ? .bool(true) : .null,
            priority.map { .ubyte($0) } ?? .null,
            timeToLive.map { .uint($0) } ?? .null,
            isFirstAcquirer ? .bool(true) : .null,
            deliveryCount == 0 ? .null : .uint(deliveryCount),
        ]
    }
}

extension AMQPMessageProperties {
    fileprivate var fields: [AMQPValue] {
        [
            messageID?.value ?? .null,
            userID.map { .binary($0) } ?? .null,
            to.map { .string($0) } ?? .null,
            subject.map { .string($0) } ?? .null,
            replyTo.map { .string($0) } ?? .null,
            correlationID?.value ?? .null,
            contentType.map { .symbol($0) } ?? .null,
            contentEncoding.map { .symbol($0) } ?? .null,
            absoluteExpiryTime.map { .timestamp($0) } ?? .null,
            creationTime.map { .timestamp($0) } ?? .null,
            groupID.map { .string($0) } ?? .null,
            groupSequence.map { .uint($0) } ?? .null,
            replyToGroupID.map { .string($0) } ?? .null,
        ]
    }
}
