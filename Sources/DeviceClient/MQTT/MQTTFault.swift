internal import CMosquitto
internal import Glibc

/// Turns codes of libmosquitto, OpenSSL and the system into errors with words.
struct MQTTFault {
    var peer: String
    var serverName: String
    var isHandshaking: Bool

    func error(
        code: Int32,
        libraryText: String,
        systemCode: Int32,
        certificateProblem: String?,
        alert: String?
    ) -> DeviceClientError {
        let fault = ConnectionFault(peer: peer, serverName: serverName)
        if let error = fault.certificateError(certificateProblem) { return error }
        if isHandshaking {
            if systemCode == EMFILE || systemCode == ENFILE {
                return DeviceClientError(.systemLimit, "cannot open a socket: \(SystemError.text(systemCode))")
            }
            if let alert { return DeviceClientError(.communication, "the TLS handshake with \(peer) failed: \(alert)") }
            if code == MOSQ_ERR_TLS.rawValue.signed {
                return DeviceClientError(.communication, "\(peer) ended the connection during the TLS handshake")
            }
            let text = systemCode == 0 ? libraryText : SystemError.text(systemCode)
            return DeviceClientError(.communication, "cannot connect to \(peer): \(text)")
        }
        let text =
            code == MOSQ_ERR_ERRNO.rawValue.signed && systemCode != 0 ? SystemError.text(systemCode) : libraryText
        return DeviceClientError(.communication, "the connection to \(peer) is gone: \(text)")
    }

    /// What a CONNACK that refuses means; nil for an acceptance.
    static func refusal(code: Int32, deviceID: String) -> DeviceClientError? {
        switch code {
        case 0: nil
        case 1: DeviceClientError(.notSupported, "the hub does not speak MQTT 3.1.1 (CONNACK 1)")
        case 2: DeviceClientError(.invalidArgument, "the hub does not accept the client id '\(deviceID)' (CONNACK 2)")
        case 3: DeviceClientError(.communication, "the hub is not available for '\(deviceID)' now (CONNACK 3)")
        case 4, 5:
            DeviceClientError(
                .unauthorized,
                "the hub does not accept the credentials of '\(deviceID)', or does not know it (CONNACK \(code))"
            )
        default: DeviceClientError(.communication, "the hub refused the connection of '\(deviceID)' (CONNACK \(code))")
        }
    }
}
