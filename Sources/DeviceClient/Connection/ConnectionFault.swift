internal import Glibc

/// Puts into words why a connection could not be made, or was lost, below MQTT and AMQP.
struct ConnectionFault {
    var peer: String
    var serverName: String

    /// What is wrong with the peer's certificate; nil when nothing is.
    func certificateError(_ problem: String?) -> DeviceClientError? {
        problem.map { problem in
            DeviceClientError(
                .untrustedCertificate,
                "the certificate of \(peer) is not accepted for '\(serverName)': \(problem)"
            )
        }
    }

    /// What it means that the hub has sent an alert about the device's certificate; nil when it has not.
    func refusal(_ handshake: TLSHandshake) -> DeviceClientError? {
        guard handshake.isRefused, let alert = handshake.alert else { return nil }
        let what =
            handshake.certificate == nil
            ? "\(peer) wants a certificate, and the device has none"
            : "\(peer) does not accept the device's certificate"
        return DeviceClientError(.unauthorized, "\(what): \(alert)")
    }

    /// Why there is no connection; `systemCode` is zero when the system had no part in it.
    func handshakeError(systemCode: Int32, _ handshake: TLSHandshake) -> DeviceClientError {
        if let error = certificateError(handshake.certificateProblem) { return error }
        if systemCode == EMFILE || systemCode == ENFILE {
            return DeviceClientError(.systemLimit, "cannot open a socket: \(SystemError.text(systemCode))")
        }
        if let error = refusal(handshake) { return error }
        if let alert = handshake.alert {
            return DeviceClientError(.communication, "the TLS handshake with \(peer) failed: \(alert)")
        }
        if systemCode == 0 {
            return DeviceClientError(.communication, "\(peer) ended the connection during the TLS handshake")
        }
        return DeviceClientError(.communication, "cannot connect to \(peer): \(SystemError.text(systemCode))")
    }

    /// The peer took too long.
    static func noAnswer(of peer: String, within time: Duration) -> DeviceClientError {
        DeviceClientError(.communication, "\(peer) did not answer within \(time)")
    }

    /// Why the connection is gone.
    func lossError(systemCode: Int32, _ handshake: TLSHandshake) -> DeviceClientError {
        // With TLS 1.3 the hub looks at it when for the device the handshake is over.
        if let error = refusal(handshake) { return error }
        let text = systemCode == 0 ? (handshake.alert ?? "the peer has closed it") : SystemError.text(systemCode)
        return DeviceClientError(.communication, "the connection to \(peer) is gone: \(text)")
    }
}
