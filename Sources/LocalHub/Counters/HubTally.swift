import IoTHub

/// Where the hub counts what it does; without locks.
final class HubTally: Sendable {
    let serviceTwinReads = Tally()
    let desiredUpdates = Tally()
    let tagUpdates = Tally()
    let queries = Tally()
    private let traffic: [TransportType: TrafficTally]
    /// One for each HTTP status that there can be.
    private let statuses: [Tally]

    private static let statuses = 100...599

    init() {
        let transports: [TransportType] = [.amqpTcpOnly, .amqpWebSocketOnly, .mqttTcpOnly, .mqttWebSocketOnly]
        traffic = Dictionary(uniqueKeysWithValues: transports.map { ($0, TrafficTally()) })
        statuses = Self.statuses.map { _ in Tally() }
    }

    /// What is counted of a transport; nil for one that the hub does not know, such as one with a fallback.
    subscript(transport: TransportType) -> TrafficTally? { traffic[transport] }

    /// Counts a request of a service by the status of its answer.
    func answered(_ status: Int) {
        guard Self.statuses.contains(status) else { return }
        statuses[status - Self.statuses.lowerBound].add()
    }

    /// Counts that a device's connection gave way to another one, or to none.
    func connectionChanged(from old: (any DeviceConnection)?, to new: (any DeviceConnection)?) {
        guard old !== new else { return }
        if let new { traffic[new.transport]?.connects.add() }
        if let old { traffic[old.transport]?.disconnects.add() }
    }

    /// Counts a write of a service.
    /// - Parameters:
    ///   - write: what was written.
    ///   - replacing: whether it took the place of what was there.
    ///   - change: what came of it for the device.
    func wrote(_ write: TwinWrite, replacing: Bool, _ change: DesiredChange?) {
        if change != nil { desiredUpdates.add() }
        if replacing || write.tags.map({ !$0.isEmpty }) == true { tagUpdates.add() }
    }

    /// The numbers as they are now; the count of devices is left to the caller.
    var current: HubCounters {
        var counters = HubCounters()
        counters.traffic = traffic.mapValues(\.current)
        counters.serviceTwinReads = serviceTwinReads.current
        counters.desiredUpdates = desiredUpdates.current
        counters.tagUpdates = tagUpdates.current
        counters.queries = queries.current
        for (status, tally) in zip(Self.statuses, statuses) where tally.current > 0 {
            counters.serviceRequests[status] = tally.current
        }
        return counters
    }
}

/// Where the hub counts what devices do over one transport.
final class TrafficTally: Sendable {
    let connects = Tally()
    let disconnects = Tally()
    let twinReads = Tally()
    let reportedUpdates = Tally()
    let notifications = Tally()
    let authenticationFailures = Tally()
    let throttled = Tally()

    /// Counts a twin request that was refused.
    func refused(_ error: IoTHubError) {
        if error.code.httpStatus == 429 { throttled.add() }
    }

    var current: HubCounters.Traffic {
        var traffic = HubCounters.Traffic()
        // In this order, so that there are never more ends than beginnings.
        traffic.disconnects = disconnects.current
        traffic.connects = connects.current
        traffic.twinReads = twinReads.current
        traffic.reportedUpdates = reportedUpdates.current
        traffic.notifications = notifications.current
        traffic.authenticationFailures = authenticationFailures.current
        traffic.throttled = throttled.current
        return traffic
    }
}
