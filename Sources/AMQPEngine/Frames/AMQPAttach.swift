/// What a peer says when it attaches a link, or answers our attach.
///
/// Source: OASIS AMQP 1.0 part 2, "Attach".
public struct AMQPAttach: Hashable, Sendable {
    /// The link's name; links of one direction in one session have different ones.
    public var name: String
    /// Whether the peer is the sender.
    public var isSender: Bool
    /// How the sender settles; nil when the peer did not say, which means mixed.
    public var senderSettleMode: AMQPSenderSettleMode?
    /// How the receiver settles; nil when the peer did not say, which means first.
    public var receiverSettleMode: AMQPReceiverSettleMode?
    /// Where messages come from; nil in the answer of a peer that is about to refuse our receiver.
    public var source: AMQPTerminus?
    /// Where messages go to; nil in the answer of a peer that is about to refuse our sender.
    public var target: AMQPTerminus?
    /// The largest message that the peer takes, in bytes; nil for no limit.
    public var maxMessageSize: UInt64?
    /// The link's properties; symbol keys.
    public var properties: AMQPMap
}

/// When the sender settles.
///
/// Source: OASIS AMQP 1.0 part 2, "Sender Settle Mode".
public enum AMQPSenderSettleMode: UInt8, Hashable, Sendable {
    /// Every message is sent unsettled.
    case unsettled
    /// Every message is sent settled.
    case settled
    /// As the sender likes.
    case mixed
}

/// When the receiver settles.
///
/// Source: OASIS AMQP 1.0 part 2, "Receiver Settle Mode".
public enum AMQPReceiverSettleMode: UInt8, Hashable, Sendable {
    /// At once.
    case first
    /// After the sender has.
    case second
}

/// One end of a link.
///
/// Source: OASIS AMQP 1.0 part 3, "Source" and "Target".
public struct AMQPTerminus: Hashable, Sendable {
    /// The address; nil in a request for a dynamic one, and in a terminus that nobody names.
    public var address: String?
    /// Whether the peer is asked to make up an address.
    public var isDynamic: Bool

    /// Makes a terminus.
    public init(_ address: String?, isDynamic: Bool = false) {
        self.address = address
        self.isDynamic = isDynamic
    }
}

extension Performative.Attach {
    init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "attach")
        let name = try fields.required(try fields.text("name"), "name")
        handle = try fields.required(try fields.uint("handle"), "handle")
        let isReceiver = try fields.required(try fields.bool("role"), "role")
        let senderMode = try fields.ubyte("snd-settle-mode")
        let receiverMode = try fields.ubyte("rcv-settle-mode")
        let source = try fields.terminus("source", 0x28)
        let target = try fields.terminus("target", 0x29)
        try fields.skip()
        _ = try fields.bool("incomplete-unsettled")
        initialDeliveryCount = try fields.uint("initial-delivery-count")
        let maxMessageSize = try fields.ulong("max-message-size")
        for _ in 0..<2 { try fields.skip() }
        link = AMQPAttach(
            name: name,
            isSender: !isReceiver,
            senderSettleMode: try senderMode.map { number throws(AMQPError) in
                try fields.required(AMQPSenderSettleMode(rawValue: number), "known snd-settle-mode")
            },
            receiverSettleMode: try receiverMode.map { number throws(AMQPError) in
                try fields.required(AMQPReceiverSettleMode(rawValue: number), "known rcv-settle-mode")
            },
            source: source,
            target: target,
            maxMessageSize: maxMessageSize.flatMap { $0 == 0 ? nil : $0 },
            properties: try fields.map("properties") ?? [:]
        )
        try fields.finish(&reader)
        // Proton has names and addresses as C strings.
        guard !name.isEmpty,
            ![name, source?.address, target?.address].contains(where: { $0?.utf8.contains(0) == true })
        else { throw AMQPError(.invalidField, "a link's name is empty, or name or address hold a zero") }
    }
}

extension FieldReader {
    fileprivate mutating func terminus(_ field: String, _ expected: UInt64) throws(AMQPError) -> AMQPTerminus? {
        try described(field) { code, reader throws(AMQPError) in
            guard code == expected else {
                throw AMQPError(.notImplemented, "a \(field) with the descriptor \(code) is not supported")
            }
            var fields = try FieldReader(&reader, of: field)
            let address = try fields.text("address")
            _ = try fields.uint("durable")
            _ = try fields.text("expiry-policy")
            _ = try fields.uint("timeout")
            let isDynamic = try fields.bool("dynamic") ?? false
            try fields.finish(&reader)
            return AMQPTerminus(address, isDynamic: isDynamic)
        }
    }
}
