public import IoTHub

/// Why a call to the hub's service API failed.
public struct ServiceClientError: Error, Sendable {
    /// The kind of failure.
    public enum Reason: Sendable, Hashable {
        /// The hub answered with an error; `status` and, when it named one, `code` say which.
        case refused
        /// No connection: the name does not resolve, nothing listens there, or the network does not lead there.
        case unreachable
        /// The hub's certificate is not trusted or not for this host name.
        case untrustedCertificate
        /// No answer within the time allowed.
        case timedOut
        /// The connection was lost before the answer was complete.
        case connectionLost
        /// An answer came that is not what the API promises.
        case unreadableAnswer
        /// The call itself is wrong; nothing was sent, or nothing that changes anything.
        case invalidArgument
        /// The client has been closed.
        case closed
        /// The credential gave no access token, so nothing was sent to the hub; the message says who refused it and why.
        case noToken
    }

    /// The kind of failure.
    public var reason: Reason

    /// The request's method and path, for example `PATCH /twins/press-0001`.
    public var operation: String

    /// The HTTP status of the hub's answer; 0 when there was none.
    public var status: Int

    /// The hub's error code, when header and body name the same one or only one of them names one.
    public var code: IoTHubErrorCode?

    /// What went wrong, in one line, without keys, signatures or tokens.
    public var message: String

    /// The place in the twin or the identity that is wrong, such as `properties.desired.fan.rpm`, when it is known.
    public var path: String?

    /// The place in a text given as JSON that is none.
    public var position: TextPosition?

    /// The hub's tracking id, for a support request.
    public var trackingID: String?

    /// How long the hub asked to wait before the next attempt.
    public var retryAfter: Duration?

    /// Whether the hub may have carried out the request although the call failed.
    ///
    /// True after a connection lost or a time-out behind a sent request, and after 5xx answers other than 503.
    public var mayHaveBeenApplied: Bool {
        switch reason {
        case .timedOut, .connectionLost, .unreadableAnswer: true
        case .refused: status >= 500 && status != 503
        case .unreachable, .untrustedCertificate, .invalidArgument, .closed, .noToken: false
        }
    }

    /// A place in a text.
    public struct TextPosition: Sendable, Hashable {
        /// The line, from 1.
        public var line: Int
        /// The column in bytes, from 1; 0 for a place before the first character.
        public var column: Int

        /// Creates a position.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// Creates an error; secrets in `message` are blotted out.
    public init(
        reason: Reason,
        operation: String,
        status: Int = 0,
        code: IoTHubErrorCode? = nil,
        message: String,
        path: String? = nil,
        position: TextPosition? = nil,
        trackingID: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.reason = reason
        self.operation = operation
        self.status = status
        self.code = code
        self.message = Redaction.clean(message)
        self.path = path
        self.position = position
        self.trackingID = trackingID
        self.retryAfter = retryAfter
    }
}

extension ServiceClientError: CustomStringConvertible {
    /// One line: the operation, the status and code if any, the message, the tracking id.
    public var description: String {
        var text = "\(operation): "
        if status != 0 {
            text += "the hub answered \(status)"
            if let code { text += " \(code.name)" }
            text += ": "
        }
        text += message
        if let trackingID { text += " (tracking id \(trackingID))" }
        return text
    }
}
