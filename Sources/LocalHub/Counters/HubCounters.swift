public import IoTHub

/// What a hub has done since it started, as numbers that only grow, and how much of it there is now.
///
/// The numbers are read one by one while the hub works, so two of them may differ by what happened in between.
public struct HubCounters: Sendable, Hashable {
    /// What devices did over one transport.
    public struct Traffic: Sendable, Hashable {
        /// Devices that connected; over AMQP several may share a connection.
        public var connects = 0
        /// Devices that disconnected, whoever ended it; at most `connects`.
        public var disconnects = 0
        /// Twins that were sent because the device asked.
        public var twinReads = 0
        /// Patches of reported properties that were carried out.
        public var reportedUpdates = 0
        /// Changes of desired properties that were sent to devices.
        public var notifications = 0
        /// Credentials that were refused: tokens, certificates, devices that are unknown or disabled.
        public var authenticationFailures = 0
        /// Twin requests that were answered with 429.
        public var throttled = 0

        /// Makes an empty count.
        public init() {}

        /// Devices that are connected now.
        public var connections: Int { connects - disconnects }
    }

    /// Registered devices, now.
    public var devices = 0
    /// Devices' traffic by the transport that carries it: the four `…Only` ones, all of them always there.
    public var traffic: [TransportType: Traffic] = [:]
    /// Twins that services read by id; queries are counted elsewhere.
    public var serviceTwinReads = 0
    /// Changes of desired properties that were carried out: by twin requests, bulk requests, jobs and the program itself.
    public var desiredUpdates = 0
    /// Changes of tags that were carried out, counted like `desiredUpdates`; one write may be both.
    public var tagUpdates = 0
    /// Pages of queries that were answered.
    public var queries = 0
    /// Requests of services that were answered, by HTTP status; refusals of WebSockets are among them.
    public var serviceRequests: [Int: Int] = [:]

    /// Makes an empty count.
    public init() {}

    /// Devices that are connected now, by transport.
    public var connections: [TransportType: Int] { traffic.mapValues(\.connections) }

    /// Devices that connected, by transport.
    public var connectsTotal: [TransportType: Int] { traffic.mapValues(\.connects) }

    /// Devices that disconnected, by transport.
    public var disconnectsTotal: [TransportType: Int] { traffic.mapValues(\.disconnects) }

    /// Twins that devices asked for.
    public var deviceTwinReads: Int { sum(\.twinReads) }

    /// Patches of reported properties that were carried out.
    public var reportedUpdates: Int { sum(\.reportedUpdates) }

    /// Changes of desired properties that were sent to devices.
    public var notifications: Int { sum(\.notifications) }

    /// Credentials of devices that were refused, and requests of services that were answered with 401.
    public var authenticationFailures: Int { sum(\.authenticationFailures) + serviceRequests[401, default: 0] }

    /// Requests of devices and services that were answered with 429.
    public var throttled: Int { sum(\.throttled) + serviceRequests[429, default: 0] }

    private func sum(_ part: KeyPath<Traffic, Int>) -> Int { traffic.values.reduce(0) { $0 + $1[keyPath: part] } }
}
