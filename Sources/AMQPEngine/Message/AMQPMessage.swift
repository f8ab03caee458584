/// A message: what travels in transfers.
///
/// Source: OASIS AMQP 1.0 part 3, "Message format".
public struct AMQPMessage: Hashable, Sendable {
    /// The header; nil when the sender left it out, which means all defaults.
    public var header: AMQPMessageHeader?
    /// Delivery annotations, for the next hop only.
    public var deliveryAnnotations: AMQPMap = [:]
    /// Message annotations; symbol keys.
    ///
    /// IoT Hub's twin operations stand here.
    public var annotations: AMQPMap = [:]
    /// The standard properties.
    public var properties = AMQPMessageProperties()
    /// The application's properties; string keys.
    public var applicationProperties: AMQPMap = [:]
    /// The body.
    public var body: Body = .none
    /// The footer.
    public var footer: AMQPMap = [:]

    /// Makes a message without a body.
    public init() {}

    /// Makes a message with a body.
    public init(body: Body) { self.body = body }

    /// What a message carries.
    public enum Body: Hashable, Sendable {
        /// No section at all; IoT Hub's replies to PATCH, PUT and DELETE have none.
        case none
        /// Data sections, one or more: bytes.
        case data([[UInt8]])
        /// Sequence sections, one or more: lists.
        case sequence([[AMQPValue]])
        /// One value.
        case value(AMQPValue)
    }
}

/// How to handle a message on its way.
public struct AMQPMessageHeader: Hashable, Sendable {
    /// Whether it must survive a restart.
    public var isDurable = false
    /// The priority; 4 when nil.
    public var priority: UInt8?
    /// Milliseconds to live; without end when nil.
    public var timeToLive: UInt32?
    /// Whether nobody else had it before.
    public var isFirstAcquirer = false
    /// How often it was delivered before without success.
    public var deliveryCount: UInt32 = 0

    /// Makes a header with the defaults.
    public init() {}
}
