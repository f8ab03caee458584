import CProton

extension AMQPConnection {
    /// Opens the connection.
    ///
    /// A client may do so at once; what it sends goes out when SASL is done.
    public func open() {
        guard !isOpenSent, stage != .finished, stage != .closing else { return }
        isOpenSent = true
        pn_connection_open(proton.connection)
    }

    /// Closes the connection, with an error or in peace.
    ///
    /// Everything sent before goes out before; then the peer's close is waited for, and nothing else is listened to.
    ///
    /// Before the connection is opened there is nobody to be told: it is over at once.
    public func close(_ error: AMQPError? = nil) {
        guard stage == .amqp else {
            if stage != .closing { finish() }
            return
        }
        writeClose(error)
        if stage == .amqp { stage = .closing }
    }

    /// The peer has closed; this end answers if it did not close first.
    func closed(by error: AMQPError?) {
        if stage == .amqp { writeClose(nil) }
        finish()
        emit(.closed(error))
    }

    /// Something is wrong: the peer is told, and nothing more is listened to.
    func fail(_ error: AMQPError) {
        guard stage != .finished else { return }
        if stage == .amqp { writeClose(error) }
        guard stage != .finished else { return }
        finish()
        emit(.failed(error))
    }

    /// Not by Proton: its close waits for messages that wait for the peer's window, for ever if the peer wants it so.
    private func writeClose(_ error: AMQPError?) {
        open()
        pump()
        guard stage != .finished else { return }
        output += FrameHeader.close(error)
    }

    func finish() {
        stage = .finished
        input = []
        for session in sessions.values { session.invalidate() }
        sessions = [:]
        channels = [:]
        unansweredSessions = 0
        linkCount = 0
    }
}
