/// An error in AMQP's own terms: what goes into, and comes out of, detach, end, close and rejections.
///
/// The engine throws it for its own findings, too: bytes that are no AMQP, and actions that the state does not permit.
public struct AMQPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The symbol that says what kind it is.
    public var condition: Condition
    /// A text for people; IoT Hub puts its JSON error object here.
    public var text: String?
    /// More, by symbols such as `com.microsoft:tracking-id`.
    public var info: AMQPMap

    /// Makes an error.
    public init(_ condition: Condition, _ text: String? = nil, info: AMQPMap = [:]) {
        self.condition = condition
        self.text = text
        self.info = info
    }

    /// Condition and text, as one line.
    public var description: String { text.map { "\(condition.rawValue): \($0)" } ?? condition.rawValue }

    /// The symbol of an error; any is possible.
    public struct Condition: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        /// The symbol's text.
        public let rawValue: String

        /// Makes a condition of its symbol.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Makes a condition of its symbol.
        public init(stringLiteral value: String) { rawValue = value }
    }
}

/// Source: OASIS AMQP 1.0 part 2, "AMQP errors", "Connection error", "Session error" and "Link error".
extension AMQPError.Condition {
    /// Bytes that are no AMQP value, or not the one that belongs there.
    public static let decodeError: Self = "amqp:decode-error"
    /// A field with a value that is not permitted.
    public static let invalidField: Self = "amqp:invalid-field"
    /// Something that the state does not permit.
    public static let illegalState: Self = "amqp:illegal-state"
    /// Something that is not permitted at all.
    public static let notAllowed: Self = "amqp:not-allowed"
    /// Something that nobody wrote.
    public static let notImplemented: Self = "amqp:not-implemented"
    /// No such address, or no such device.
    public static let notFound: Self = "amqp:not-found"
    /// Not, or no longer, authorised.
    public static let unauthorizedAccess: Self = "amqp:unauthorized-access"
    /// Too many of something, or nothing heard for too long.
    public static let resourceLimitExceeded: Self = "amqp:resource-limit-exceeded"
    /// A fault in this program.
    public static let internalError: Self = "amqp:internal-error"
    /// A frame that is none.
    public static let framingError: Self = "amqp:connection:framing-error"
    /// The connection is closed on purpose.
    public static let connectionForced: Self = "amqp:connection:forced"
    /// A session's window was exceeded, or its numbering is wrong.
    public static let windowViolation: Self = "amqp:session:window-violation"
    /// A frame for a link that is not attached.
    public static let unattachedHandle: Self = "amqp:session:unattached-handle"
    /// An attach with a handle that is in use.
    public static let handleInUse: Self = "amqp:session:handle-in-use"
    /// A message beyond the link's limit.
    public static let messageSizeExceeded: Self = "amqp:link:message-size-exceeded"
    /// A message without credit.
    public static let transferLimitExceeded: Self = "amqp:link:transfer-limit-exceeded"
    /// The link was detached on purpose.
    public static let detachForced: Self = "amqp:link:detach-forced"
    /// Another link took this one's place.
    public static let stolen: Self = "amqp:link:stolen"
}
