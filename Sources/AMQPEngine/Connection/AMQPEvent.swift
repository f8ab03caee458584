/// What happened on a connection.
public enum AMQPEvent {
    /// A client wants in; the server answers with `AMQPConnection.answerSASL`.
    case saslInit(AMQPSASLInit)
    /// The server has answered. With anything but `ok` the connection is at its end.
    case saslOutcome(AMQPSASLOutcome)
    /// The peer has opened the connection. A server answers with `open`, or with `close` and an error.
    case opened(AMQPOpen)
    /// The peer has begun a session, to be answered with `accept`, or has answered ours.
    case sessionBegun(AMQPSession)
    /// The session is over on both ends, and its links with it.
    case sessionEnded(AMQPSession, AMQPError?)
    /// The peer has attached a link, to be answered with `accept` or `refuse`, or has answered ours.
    ///
    /// A peer that refuses a link says so with an answer without the terminus and a detach right behind it.
    case linkAttached(AMQPLink)
    /// The link is over on both ends; the engine has answered a peer's detach by itself.
    case linkDetached(AMQPLink, AMQPError?)
    /// The peer has changed the credit of a sender, or wants it drained.
    case flow(AMQPLink)
    /// A message is here, whole.
    case delivery(AMQPDelivery)
    /// The peer has said what becomes of a message; it is settled now, by both. The outcome is nil when it did not say, and
    /// for messages that came the outcome is the sender's word that it knows ours.
    case settled(AMQPDeliveryID, AMQPOutcome?)
    /// The connection is closed on both ends: by the peer, with its error, or by this end.
    case closed(AMQPError?)
    /// The connection is over, since something was wrong: bytes that are no AMQP, a rule broken, silence for too long. The
    /// peer is told in the last output.
    case failed(AMQPError)
}
