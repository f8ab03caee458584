import CProton

/// One end of an AMQP 1.0 connection: bytes in, bytes out, events.
///
/// It has no sockets, threads, locks or clock, and belongs to the lane or event loop that made it. After every call the owner
/// takes events with `nextEvent` until there are none, and sends what `takeOutput` gives.
///
/// Qpid Proton does sessions, links and windows. Since Debian's build of it ends the program on bytes that it did not expect
/// (its assertions are on), every frame is read and checked here first, and Proton only sees frames that keep the rules.
public final class AMQPConnection {
    enum Stage {
        /// A client with SASL: the server's header, mechanisms and outcome are to come.
        case saslHeader, saslMechanisms, saslOutcome
        /// A server: a header of either kind is to come, or the init, or its owner's answer to it.
        case anyHeader, saslInit, saslAnswer
        /// SASL is done, or there is none: the header proper is to come.
        case amqpHeader
        case amqp
        /// This end has sent its close and waits for the peer's.
        case closing
        case finished
    }

    /// What this end says and permits.
    public let configuration: AMQPConfiguration
    let role: AMQPRole
    let proton = ProtonDriver()
    var stage: Stage
    /// What the peer said when it opened; nil until then.
    public internal(set) var remote: AMQPOpen?
    var isOpenSent = false

    var sessions: [OpaquePointer: AMQPSession] = [:]
    /// The peer's sessions by its channels.
    var channels: [UInt16: AMQPSession] = [:]
    /// How many of this end's sessions the peer has not answered.
    var unansweredSessions = 0
    var linkCount = 0
    var lastDeliveryNumber: UInt64 = 0

    /// What has come of a frame that is not whole.
    var input: [UInt8] = []
    /// How many bytes there must be before anything can be done with them.
    var inputNeeded = FrameHeader.size
    var output: [UInt8] = []
    /// The frame that Proton is being given.
    var current: (performative: Performative, channel: UInt16)?
    private var events: [AMQPEvent] = []
    private var nextEventIndex = 0

    /// Makes one end.
    public init(_ role: AMQPRole, _ configuration: AMQPConfiguration) {
        self.role = role
        self.configuration = configuration
        switch role {
        case .client(nil): stage = .amqpHeader
        case .client: stage = .saslHeader
        case .server: stage = .anyHeader
        }
        pn_transport_set_max_frame(proton.transport, max(configuration.maxFrameSize, 512))
        pn_transport_set_channel_max(proton.transport, min(configuration.channelMax, 32_767))
        if let timeout = configuration.idleTimeout {
            // Proton announces half of what it is given.
            pn_transport_set_idle_timeout(proton.transport, timeout > .max / 2 ? .max : timeout * 2)
        }
        pn_connection_set_container(proton.connection, configuration.containerID)
        pn_connection_set_hostname(proton.connection, configuration.hostname)
        if !configuration.properties.isEmpty {
            put(.map(configuration.properties), into: pn_connection_properties(proton.connection))
        }
        proton.bind()
        if stage == .saslHeader { output += ProtocolHeader.sasl }
    }

    deinit {
        for session in sessions.values { session.invalidate() }
    }

    /// Whether nothing more will happen: what is left is to send the output and to close the socket.
    public var isFinished: Bool { stage == .finished }

    /// The next thing that happened; nil when there is nothing more.
    public func nextEvent() -> AMQPEvent? {
        guard nextEventIndex < events.count else {
            events = []
            nextEventIndex = 0
            return nil
        }
        defer { nextEventIndex += 1 }
        return events[nextEventIndex]
    }

    func emit(_ event: AMQPEvent) { events.append(event) }

    /// Takes everything that is to be sent to the peer; empty when there is nothing.
    public func takeOutput() -> [UInt8] {
        pump()
        defer { output = [] }
        return output
    }

    /// Lets Proton write what there is to write.
    func pump() {
        guard stage == .amqp || stage == .amqpHeader && isProtonStarted else { return }
        proton.drain(into: &output)
        handleProtonEvents()
    }

    /// A client's header goes out at once; a server's answers one.
    private var isProtonStarted: Bool {
        if case .client = role { true } else { false }
    }

    /// Gives time to the idle time-outs of both ends.
    ///
    /// - Parameter now: Milliseconds of any clock that never goes back; more than 0.
    /// - Returns: When to call next, at the latest; nil when no time-out is agreed.
    public func tick(_ now: Int64) -> Int64? {
        guard stage == .amqp else { return nil }
        let next = pn_transport_tick(proton.transport, now)
        handleProtonEvents()
        return next > 0 && stage == .amqp ? next : nil
    }
}
