internal import IoTHub

/// Which of its transports a client tries, as a value.
///
/// `Mqtt` and `Amqp` try TCP, and when that does not get through a WebSocket. What has carried a connection that the hub
/// accepted is kept for reconnects; an open that follows after the client had given up begins with it, and may fall back
/// to the other.
///
/// Source: Azure IoT SDK for C#, `ProtocolRoutingDelegatingHandler`.
struct TransportChoice: Sendable {
    /// What to do after a failure.
    enum Verdict: Sendable, Hashable {
        /// Try the next transport.
        case next
        /// This try is over.
        case over(DeviceClientError)
    }

    private let transport: TransportType
    private var untried: [TransportType] = []
    /// What did not get through in this try, in words, and why.
    private var failures: [(words: String, error: DeviceClientError)] = []
    /// What is tried, or in use.
    private(set) var current: TransportType
    /// What carries, or last carried, an accepted connection.
    private(set) var active: TransportType?

    init(_ transport: TransportType) {
        self.transport = transport
        current = transport.alternatives.first ?? transport
    }

    /// A new try begins; `isOpening` says whether it is for an open, or for a connection that was lost, `avoidsFirst`
    /// whether the first of several transports is known not to get through.
    mutating func begin(isOpening: Bool, avoidsFirst: Bool = false) {
        failures = []
        untried = []
        if let active {
            current = active
            if isOpening { untried = transport.alternatives.filter { $0 != active } }
        } else {
            untried = transport.alternatives
            if avoidsFirst { untried.reverse() }
            current = untried.removeFirst()
        }
    }

    /// What is tried if this transport does not get through; nil when nothing is.
    var next: TransportType? { untried.first }

    /// The transport in use, `words` for short, did not get through, or lost the connection before the hub accepted it.
    mutating func failed(_ error: DeviceClientError, words: String) -> Verdict {
        failures.append((words, error))
        if !untried.isEmpty, error.reason == .communication || error.reason == .timedOut {
            current = untried.removeFirst()
            return .next
        }
        guard failures.count > 1 else { return .over(error) }
        // The last one has the say in whether another try makes sense.
        var both = error
        both.message = "\(transport) cannot connect. " + report
        return .over(both)
    }

    /// The hub has accepted the connection.
    /// - Returns: what did not get through, in words, when that led to another transport than before.
    mutating func accepted() -> String? {
        let isNew = active != current
        active = current
        return isNew && !failures.isEmpty ? report : nil
    }

    private var report: String {
        failures.map { "\($0.words): \($0.error.message)" }.joined(separator: "; ")
    }
}
