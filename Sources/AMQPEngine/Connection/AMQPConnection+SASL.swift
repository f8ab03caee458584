extension AMQPConnection {
    /// A server's answer to `AMQPEvent.saslInit`; it may come at any time later.
    ///
    /// With anything but `ok` the connection is at its end.
    public func answerSASL(_ outcome: AMQPSASLOutcome) {
        guard stage == .saslAnswer else { return }
        output += SASLFrame.outcome(outcome).bytes
        if outcome == .ok {
            stage = .amqpHeader
            processInput()
        } else {
            finish()
        }
    }

    func startSASL() {
        guard case .server(let mechanisms) = role else { return }
        output += ProtocolHeader.sasl + SASLFrame.mechanisms(mechanisms).bytes
        stage = .saslInit
    }

    func process(_ frame: SASLFrame) {
        switch (stage, frame, role) {
        case (.saslInit, .initial(let initial), .server(let mechanisms)):
            guard mechanisms.contains(initial.mechanism) else {
                output += SASLFrame.outcome(.auth).bytes
                return failSilently("the peer chose the mechanism \(initial.mechanism), which was not offered")
            }
            stage = .saslAnswer
            emit(.saslInit(initial))
        case (.saslMechanisms, .mechanisms(let offered), .client(let credential?)):
            guard offered.contains(credential.mechanism) else {
                return failSilently(
                    "the peer offers \(offered.joined(separator: ", ")), not \(credential.mechanism)"
                )
            }
            let initial = AMQPSASLInit(
                mechanism: credential.mechanism,
                response: credential.response,
                hostname: configuration.hostname
            )
            output += SASLFrame.initial(initial).bytes
            stage = .saslOutcome
        case (.saslOutcome, .outcome(let outcome), _):
            emit(.saslOutcome(outcome))
            if outcome == .ok { stage = .amqpHeader } else { finish() }
        default: failSilently("a SASL frame came out of order")
        }
    }

    /// There is no frame for an error before the connection opens.
    private func failSilently(_ text: String) {
        finish()
        emit(.failed(AMQPError(.unauthorizedAccess, text)))
    }
}
