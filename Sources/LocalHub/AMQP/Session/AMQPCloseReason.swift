import AMQPEngine

/// Why a connection ended, for the log.
enum AMQPCloseReason: DeviceConnectionEnd {
    /// The client closed it, perhaps with an error.
    case closedByClient(AMQPError?)
    /// The client, or the network, ended the connection without a word.
    case connectionLost
    /// TLS or the socket failed.
    case failed(String)
    /// The client broke a rule of AMQP, or sent what is none.
    case violation(AMQPError)
    /// No open came in time.
    case openTimedOut
    /// The hub closed it with an error that says why.
    case refused(AMQPError)
    case hub(DeviceCloseReason)

    /// Whether it is part of normal life.
    var isOrdinary: Bool {
        switch self {
        case .closedByClient(let error): error == nil
        case .connectionLost, .hub: true
        case .failed, .violation, .openTimedOut, .refused: false
        }
    }

    var isUnread: Bool { false }

    var farewell: DeviceFarewell { if case .hub(.hubStopping) = self { .hubStopping } else { .done } }
}

extension AMQPCloseReason: CustomStringConvertible {
    var description: String {
        switch self {
        case .closedByClient(nil): "the client closed it"
        case .closedByClient(let error?): "the client closed it with \(error)"
        case .connectionLost: "the connection was lost"
        case .failed(let what): what
        case .violation(let error): "against the rules: \(error)"
        case .openTimedOut: "no open came in time"
        case .refused(let error): "refused: \(error)"
        case .hub: "the hub stopped, or cut its connections"
        }
    }
}
