/// A message that came over a link, whole.
public struct AMQPDelivery {
    /// What to settle it with, unless the sender already has.
    public let id: AMQPDeliveryID
    /// The sender's tag, 32 bytes at most.
    public let tag: [UInt8]
    /// 0 for a message; 0x80013700 for Microsoft's batch, whose data sections are encoded messages.
    public let messageFormat: UInt32
    /// Whether the sender has settled it: nothing is to be answered then.
    public let isSettled: Bool
    /// The message's bytes, for `AMQPMessage(decoding:)`.
    public let bytes: [UInt8]

    /// The link that it came over.
    public var link: AMQPLink { id.link }
}

/// A message's identity on this end, as long as it is not settled.
public struct AMQPDeliveryID: Hashable {
    /// The link.
    public let link: AMQPLink
    let number: UInt64

    /// Numbers are never used again on one connection.
    public static func == (one: Self, other: Self) -> Bool { one.number == other.number && one.link === other.link }

    /// Takes part in a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// What is here of a message in several frames.
struct PartialDelivery {
    let deliveryID: UInt32
    let tag: [UInt8]
    let messageFormat: UInt32
    var bytes: [UInt8] = []
    /// It was too large, or the link was detached meanwhile: what comes is dropped.
    var isDropped = false
}
