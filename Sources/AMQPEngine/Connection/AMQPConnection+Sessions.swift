import CProton

extension AMQPConnection {
    /// Begins a session; `AMQPEvent.sessionBegun` comes with the peer's answer, and links may be attached before.
    ///
    /// - Throws: `amqp:illegal-state` when the connection is at its end; `amqp:resource-limit-exceeded` when the peer or this
    ///   end permits no more sessions. Before the peer has opened, there can be one.
    public func beginSession() throws(AMQPError) -> AMQPSession {
        guard canAct, let pointer = pn_session(proton.connection) else { throw .over }
        // Proton stops for ever, without a word, when it finds no channel.
        let limit = remote.map { Int(min($0.channelMax, configuration.channelMax)) + 1 } ?? 1
        guard sessions.count < limit else {
            pn_session_free(pointer)
            throw AMQPError(.resourceLimitExceeded, "there are \(sessions.count) sessions, \(limit) are permitted")
        }
        let session = AMQPSession(pointer, isRemote: false)
        sessions[pointer] = session
        unansweredSessions += 1
        pn_session_open(pointer)
        return session
    }

    /// Answers a session that the peer began.
    public func accept(_ session: AMQPSession) {
        guard canAct, session.isRemote, !session.isOpen, let pointer = session.pointer else { return }
        session.isOpen = true
        pn_session_open(pointer)
    }

    /// Ends a session and its links; `AMQPEvent.sessionEnded` comes with the peer's answer.
    public func end(_ session: AMQPSession, _ error: AMQPError? = nil) {
        guard canAct, let pointer = session.pointer else { return }
        if session.isRemote, !session.isOpen, pn_session_state(pointer) & PN_LOCAL_UNINIT != 0 {
            pn_session_open(pointer)
        }
        session.isOpen = false
        for link in session.links { link.isOpen = false }
        put(error, into: pn_session_condition(pointer))
        pn_session_close(pointer)
    }

    var canAct: Bool { stage != .closing && stage != .finished }
}

extension AMQPError {
    static let over = AMQPError(.illegalState, "the connection, session or link is at its end, or not open yet")
}
