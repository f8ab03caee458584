import CProton

/// A session: links that share a window.
///
/// Its methods are the connection's.
///
/// A handle that is kept beyond the session's end stays harmless: actions with it throw or do nothing.
public final class AMQPSession {
    /// Whether the peer began it.
    public let isRemote: Bool
    /// Whether this end may use it.
    public internal(set) var isOpen = true
    /// Its links, in no order.
    public var links: [AMQPLink] { Array(linksByPointer.values) }

    /// How many bytes of messages wait for the peer's window, or for the next output.
    public var outgoingBytes: Int { pointer.map { Int(pn_session_outgoing_bytes($0)) } ?? 0 }

    /// Nil once Proton's object is freed.
    var pointer: OpaquePointer?
    var channel: UInt16?
    var linksByPointer: [OpaquePointer: AMQPLink] = [:]
    /// The peer's links by its handles.
    var handles: [UInt32: AMQPLink] = [:]
    /// What the peer's next delivery must be called.
    var nextDeliveryID: UInt32?

    init(_ pointer: OpaquePointer, isRemote: Bool) {
        self.pointer = pointer
        self.isRemote = isRemote
    }

    /// Forgets all that is freed with Proton's object.
    func invalidate() {
        pointer = nil
        isOpen = false
        for link in linksByPointer.values { link.invalidate() }
        linksByPointer = [:]
        handles = [:]
    }
}
