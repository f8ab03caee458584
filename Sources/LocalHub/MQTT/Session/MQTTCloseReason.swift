/// Why a connection ended, for the log.
enum MQTTCloseReason: DeviceConnectionEnd, Sendable, Hashable {
    /// The device said DISCONNECT.
    case deviceDisconnected
    /// The device, or the network, closed the connection without a word.
    case connectionLost
    /// TLS or the socket failed.
    case failed(String)
    case connectTimedOut
    case keepAliveExpired
    case tokenExpired
    /// The CONNECT was refused, and why.
    case refused(MQTTConnectReturnCode, String)
    case malformed(MQTTDecodingError)
    /// Something that MQTT or the hub does not allow at this point.
    case violation(String)
    /// The device does not read what it is sent.
    case notReading
    /// The device does not acknowledge what it is sent.
    case notAcknowledging
    case hub(DeviceCloseReason)
}

extension MQTTCloseReason: CustomStringConvertible {
    var description: String {
        switch self {
        case .deviceDisconnected: "the device disconnected"
        case .connectionLost: "the connection was lost"
        case .failed(let what): what
        case .connectTimedOut: "no CONNECT came in time"
        case .keepAliveExpired: "nothing came within the keep-alive time"
        case .tokenExpired: "the token expired"
        case .refused(let code, let why): "refused with return code \(code.rawValue): \(why)"
        case .malformed(let error): "malformed: \(error)"
        case .violation(let what): what
        case .notReading: "the device does not read what it is sent"
        case .notAcknowledging: "the device does not acknowledge what it is sent"
        case .hub(.takenOver): "a newer connection with this id took over"
        case .hub(.deviceDisabled): "the device was disabled"
        case .hub(.deviceRemoved): "the device was removed"
        case .hub(.hubStopping): "the hub stopped"
        }
    }

    /// Whether it is part of normal life.
    var isOrdinary: Bool {
        switch self {
        case .deviceDisconnected, .connectionLost, .hub: true
        case .failed, .connectTimedOut, .keepAliveExpired, .tokenExpired, .refused, .malformed, .violation,
            .notReading, .notAcknowledging:
            false
        }
    }

    /// Whether the hub did not believe the client, or does not let the device in.
    var isAuthenticationFailure: Bool {
        if case .refused(let code, _) = self { code != .unacceptableProtocolVersion } else { false }
    }

    var isUnread: Bool { if case .notReading = self { true } else { false } }

    var farewell: DeviceFarewell { if case .hub(.hubStopping) = self { .hubStopping } else { .done } }
}
