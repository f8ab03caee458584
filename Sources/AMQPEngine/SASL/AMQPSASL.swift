/// How a client shows who it is before the connection opens.
///
/// Source: OASIS AMQP 1.0 part 5, "SASL".
public struct AMQPSASLCredential: Hashable, Sendable {
    /// The mechanism that the server must offer.
    public var mechanism: String
    /// What is sent with it; nil for no response at all.
    public var response: [UInt8]?

    /// Makes a credential of any mechanism that needs one step only.
    public init(mechanism: String, response: [UInt8]? = nil) {
        self.mechanism = mechanism
        self.response = response
    }

    /// Nobody in particular; the tokens come later over `$cbs`.
    ///
    /// Java and Node open so.
    public static let anonymous = AMQPSASLCredential(mechanism: "ANONYMOUS", response: Array("anonymous".utf8))
    /// Microsoft's mechanism for tokens over `$cbs`, with no response.
    ///
    /// C and Python's uamqp open so.
    public static let cbs = AMQPSASLCredential(mechanism: "MSSBCBS")
    /// The client certificate of the TLS connection.
    public static let external = AMQPSASLCredential(mechanism: "EXTERNAL", response: [])

    /// A name and a password; with IoT Hub the password is a shared access signature.
    public static func plain(user: String, password: String) -> AMQPSASLCredential {
        AMQPSASLCredential(mechanism: "PLAIN", response: [0] + Array(user.utf8) + [0] + Array(password.utf8))
    }
}

/// What a client sent to a server to show who it is.
public struct AMQPSASLInit: Hashable, Sendable {
    /// The mechanism; always one of those that were offered.
    public var mechanism: String
    /// What came with it.
    public var response: [UInt8]?
    /// The host that the client wants to talk to.
    public var hostname: String?

    /// User and password of PLAIN; nil for other mechanisms and for a response that is no such pair.
    public var plain: (user: String, password: String)? {
        guard mechanism == "PLAIN", let response else { return nil }
        let parts = response.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3, let user = String(validating: parts[1], as: UTF8.self),
            let password = String(validating: parts[2], as: UTF8.self)
        else { return nil }
        return (user, password)
    }
}

/// How a server answers.
///
/// Source: OASIS AMQP 1.0 part 5, "SASL Code".
public enum AMQPSASLOutcome: UInt8, Hashable, Sendable {
    /// Welcome.
    case ok
    /// Wrong user or password.
    case auth
    /// The system has a fault.
    case system
    /// The system has a fault that will stay.
    case systemPermanent
    /// The system has a fault that will pass.
    case systemTemporary
}
