extension AMQPMessage {
    /// Reads the message of a transfer.
    ///
    /// - Throws: `amqp:decode-error` for bytes that are no message: unknown sections, sections out of order, wrong types.
    public init(decoding bytes: [UInt8]) throws(AMQPError) {
        self = try reading(bytes) { reader throws(AMQPError) in
            var message = AMQPMessage()
            var last: Section?
            while !reader.isAtEnd {
                let section = try reader.section()
                // Only data and sequences may come again, and a message has one kind of body.
                if let last, section.order <= last.order, section != last || !section.mayRepeat {
                    throw AMQPError(.decodeError, "message section \(section) stands after \(last)")
                }
                try message.read(section, from: &reader)
                last = section
            }
            return message
        }
    }

    private mutating func read(_ section: Section, from reader: inout AMQPReader) throws(AMQPError) {
        switch section {
        case .header: header = try AMQPMessageHeader(from: &reader)
        case .deliveryAnnotations: deliveryAnnotations = try reader.map(section)
        case .messageAnnotations: annotations = try reader.map(section)
        case .properties: properties = try AMQPMessageProperties(from: &reader)
        case .applicationProperties: applicationProperties = try reader.map(section)
        case .footer: footer = try reader.map(section)
        case .value: body = .value(try reader.value())
        case .data:
            guard case .binary(let bytes) = try reader.value() else {
                throw AMQPError(.decodeError, "a data section holds no binary")
            }
            body.append(data: bytes)
        case .sequence:
            guard case .list(let list) = try reader.value() else {
                throw AMQPError(.decodeError, "a sequence section holds no list")
            }
            body.append(sequence: list)
        }
    }
}

extension AMQPMessage.Body {
    /// Takes the parts out before it appends: with a copy for each, many small sections would take very long.
    fileprivate mutating func append(data bytes: [UInt8]) {
        guard case .data(var parts) = self else { return self = .data([bytes]) }
        self = .none
        parts.append(bytes)
        self = .data(parts)
    }

    fileprivate mutating func append(sequence list: [AMQPValue]) {
        guard case .sequence(var parts) = self else { return self = .sequence([list]) }
        self = .none
        parts.append(list)
        self = .sequence(parts)
    }
}

extension AMQPMessage.Section {
    /// The three kinds of body share one place.
    fileprivate var order: UInt64 { mayRepeat || self == .value ? Self.data.rawValue : rawValue }
    fileprivate var mayRepeat: Bool { self == .data || self == .sequence }
}

extension AMQPReader {
    fileprivate mutating func section() throws(AMQPError) -> AMQPMessage.Section {
        guard try byte() == 0, case .ulong(let code) = try descriptor(),
            let section = AMQPMessage.Section(rawValue: code)
        else { throw AMQPError(.decodeError, "a message section has no known descriptor") }
        return section
    }

    /// A map, or null for an empty one.
    fileprivate mutating func map(_ section: AMQPMessage.Section) throws(AMQPError) -> AMQPMap {
        switch try value() {
        case .map(let map): return map
        case .null: return [:]
        default: throw AMQPError(.decodeError, "message section \(section) holds no map")
        }
    }
}

extension AMQPMessageHeader {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "header")
        isDurable = try fields.bool("durable") ?? false
        priority = try fields.ubyte("priority")
        timeToLive = try fields.uint("ttl")
        isFirstAcquirer = try fields.bool("first-acquirer") ?? false
        deliveryCount = try fields.uint("delivery-count") ?? 0
        try fields.finish(&reader)
    }
}

extension AMQPMessageProperties {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "properties")
        messageID = try fields.messageID("message-id")
        userID = try fields.binary("user-id")
        to = try fields.text("to")
        subject = try fields.text("subject")
        replyTo = try fields.text("reply-to")
        correlationID = try fields.messageID("correlation-id")
        contentType = try fields.text("content-type")
        contentEncoding = try fields.text("content-encoding")
        absoluteExpiryTime = try fields.timestamp("absolute-expiry-time")
        creationTime = try fields.timestamp("creation-time")
        groupID = try fields.text("group-id")
        groupSequence = try fields.uint("group-sequence")
        replyToGroupID = try fields.text("reply-to-group-id")
        try fields.finish(&reader)
    }
}
