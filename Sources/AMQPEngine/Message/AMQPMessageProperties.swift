public import Foundation

/// The standard properties of a message.
///
/// Source: OASIS AMQP 1.0 part 3, "Properties".
public struct AMQPMessageProperties: Hashable, Sendable {
    /// The message's name for itself.
    public var messageID: AMQPMessageID?
    /// Who made it.
    public var userID: [UInt8]?
    /// Where it goes.
    public var to: String?
    /// What it is about.
    public var subject: String?
    /// Where a reply goes.
    public var replyTo: String?
    /// The message that this one answers, as the same type as that message's id.
    public var correlationID: AMQPMessageID?
    /// The MIME type of the body; a symbol.
    public var contentType: String?
    /// The encoding of the body; a symbol.
    public var contentEncoding: String?
    /// When it is of no more use, in milliseconds since 1970.
    public var absoluteExpiryTime: Int64?
    /// When it was made, in milliseconds since 1970.
    public var creationTime: Int64?
    /// The group that it belongs to.
    public var groupID: String?
    /// Its place in the group.
    public var groupSequence: UInt32?
    /// The group for a reply.
    public var replyToGroupID: String?

    /// Makes properties without any.
    public init() {}
}

/// A message's name: one of four types, kept exactly, since Microsoft's clients compare it with its type.
public enum AMQPMessageID: Hashable, Sendable {
    /// `ulong`: Python's uamqp and .NET.
    case ulong(UInt64)
    /// `uuid`: Java.
    case uuid(UUID)
    /// `binary`.
    case binary([UInt8])
    /// `string`: C, Node and .NET.
    case string(String)

    /// The id as a value.
    public var value: AMQPValue {
        switch self {
        case .ulong(let number): .ulong(number)
        case .uuid(let uuid): .uuid(uuid)
        case .binary(let bytes): .binary(bytes)
        case .string(let text): .string(text)
        }
    }

    /// Makes an id of a value; nil when it has another type.
    public init?(_ value: AMQPValue) {
        switch value {
        case .ulong(let number): self = .ulong(number)
        case .uuid(let uuid): self = .uuid(uuid)
        case .binary(let bytes): self = .binary(bytes)
        case .string(let text): self = .string(text)
        default: return nil
        }
    }
}
