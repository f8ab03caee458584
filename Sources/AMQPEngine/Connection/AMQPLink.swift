import CProton

/// A link: messages one way.
///
/// Its methods are the connection's.
///
/// A handle that is kept beyond the link's end stays harmless: actions with it throw or do nothing.
public final class AMQPLink {
    /// Which way messages go, seen from this end.
    public enum Role: Hashable, Sendable {
        /// This end sends.
        case sender
        /// This end receives.
        case receiver
    }

    /// The name.
    public let name: String
    /// Which way messages go.
    public let role: Role
    /// The session that it belongs to.
    public let session: AMQPSession
    /// Whether the peer attached it first.
    public let isRemote: Bool
    /// Whether this end has attached it and not detached it since.
    public internal(set) var isOpen = false
    /// What the peer said when it attached it or answered; nil until then.
    public internal(set) var remote: AMQPAttach?

    /// How many messages may be sent, or may come, before more credit is given.
    public var credit: Int {
        pointer.map { Int(role == .sender ? pn_link_credit($0) : pn_link_remote_credit($0)) } ?? 0
    }
    /// Whether the receiver wants the credit used up or given back: see `AMQPConnection.drained`.
    public var isDraining: Bool { pointer.map { pn_link_get_drain($0) } ?? false }
    /// How many messages are not settled: sent and without an outcome, or come and not answered.
    public var unsettledCount: Int { unsettled.count }

    /// Nil once Proton's object is freed.
    var pointer: OpaquePointer?
    var handle: UInt32?
    /// Counts as the AMQP specification says, to see what the peer may send.
    var deliveryCount: UInt32 = 0
    /// How much credit a receiver tops up to by itself.
    var creditWindow = 0
    var maxMessageSize = 0
    /// The message of which not all frames are here.
    var partial: PartialDelivery?
    var unsettled: [UInt64: OpaquePointer] = [:]
    /// Why the engine detached the link by itself.
    var ownError: AMQPError?

    init(_ pointer: OpaquePointer, name: String, role: Role, session: AMQPSession, isRemote: Bool) {
        self.pointer = pointer
        self.name = name
        self.role = role
        self.session = session
        self.isRemote = isRemote
    }

    func invalidate() {
        pointer = nil
        isOpen = false
        partial = nil
        unsettled = [:]
    }
}

/// How this end attaches a link, or answers the peer's attach.
public struct AMQPLinkOptions: Hashable, Sendable {
    /// How the sender settles.
    public var senderSettleMode = AMQPSenderSettleMode.mixed
    /// How the receiver settles.
    public var receiverSettleMode = AMQPReceiverSettleMode.first
    /// The link's properties; symbol keys.
    public var properties: AMQPMap = [:]
    /// The largest message that a receiver takes, in bytes; it is announced, and a larger one ends the link.
    public var maxMessageSize = 1_048_576
    /// For receivers: how many messages may be on their way or unsettled.
    ///
    /// The engine gives credit up to it by itself; with 0 the owner does, with `AMQPConnection.grant`.
    public var creditWindow = 0

    /// Makes options with the defaults.
    public init() {}
}
