/// Why a device could not connect, or why the hub did not do what a device asked.
public struct DeviceClientError: Error, Sendable, Hashable {
    /// The kind of failure.
    public enum Reason: String, Sendable, Hashable {
        /// The hub does not accept the key, token or certificate, or does not know the device; or the certificate is expired.
        /// Retrying does not help.
        case unauthorized
        /// The hub says that the device does not exist.
        case deviceNotFound
        /// The hub says that the device is disabled.
        case deviceDisabled
        /// No connection, or the connection was lost; whether the hub did what was asked is then unknown.
        case communication
        /// The hub's certificate is not trusted, expired, or not for this host name.
        case untrustedCertificate
        /// No answer came within the time allowed.
        case timedOut
        /// The hub asks for patience (429).
        case throttled
        /// The hub finds fault with the request (400 and other 4xx); `status` says which.
        case badRequest
        /// The twin is at another version than the request was made for (412).
        case preconditionFailed
        /// The twin would become too large (413).
        case tooLarge
        /// The hub failed (5xx).
        case serverError
        /// This client cannot do that, or not yet.
        case notSupported
        /// The client has been closed.
        case closed
        /// Too many operations of this device wait for an answer.
        case tooManyPending
        /// The call itself is wrong; nothing was sent.
        case invalidArgument
        /// This machine does not give what is needed, for example no more open files.
        case systemLimit
    }

    /// The kind of failure.
    public var reason: Reason
    /// The status of the hub's answer; nil when there was none.
    public var status: Int?
    /// What went wrong, in one line, without keys and tokens.
    public var message: String

    /// Makes an error.
    public init(_ reason: Reason, status: Int? = nil, _ message: String) {
        self.reason = reason
        self.status = status
        self.message = message
    }

    /// Whether the same may succeed a little later.
    public var isTransient: Bool {
        switch reason {
        case .communication, .timedOut, .throttled, .serverError: true
        case .unauthorized, .deviceNotFound, .deviceDisabled, .untrustedCertificate, .badRequest, .preconditionFailed,
            .tooLarge, .notSupported, .closed, .tooManyPending, .invalidArgument, .systemLimit:
            false
        }
    }
}

extension DeviceClientError: CustomStringConvertible {
    /// The kind, the status if there is one, and the message, as one line.
    public var description: String {
        "\(reason.rawValue)\(status.map { " (status \($0))" } ?? ""): \(message)"
    }
}
