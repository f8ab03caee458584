import IoTHub
import LiveServer
import LocalHub
import Logging
import ServiceClient

/// The live page of a local hub, if it is wanted.
struct HubPage: Sendable {
    /// Where it is; nil when it is not wanted.
    var url: String? { page?.url }

    private let page: LivePage?
    private let telling: Task<Void, Never>?

    /// Serves the page.
    /// - Parameters:
    ///   - options: whether it is wanted, and where.
    ///   - hub: the hub.
    ///   - names: the address that it listens on, and the names in its certificate besides this machine's.
    ///   - logger: gets what is wrong.
    /// - Returns: the page, to be stopped in the end.
    /// - Throws: `LiveServerError`.
    static func start(
        _ options: PageOptions,
        _ hub: LocalHub,
        names: (bind: String, certificate: [String]),
        logger: Logger
    ) async throws(LiveServerError) -> HubPage {
        guard let page = try await options.start(logger: logger) else { return HubPage(page: nil, telling: nil) }
        let connectionString = hub.connectionString()
        do {
            let own = try ownConnectionString(connectionString, bind: names.bind, certificateNames: names.certificate)
            let client = PageOptions.clientOptions(trustedCAFile: hub.certificateAuthorityFile)
            page.attach(try RegistryManager.create(connectionString: own, options: client), pace: .local)
        } catch {
            // The hub has just made both; without them the page still has its overview, and says what it lacks.
            logger.error("the page has no way to the hub: \(error)")
        }
        let host = (try? ConnectionString(parsing: connectionString))?.hostName ?? ""
        let telling = Task { await tell(page.feed, about: hub, host) }
        return HubPage(page: page, telling: telling)
    }

    /// The page's own way to the hub: the name in the hub's connection strings is for others, and need not lead here.
    /// - Parameters:
    ///   - text: the hub's connection string.
    ///   - bind: the address that the hub listens on.
    ///   - certificateNames: names and addresses in its certificate, besides this machine's.
    /// - Returns: the same string with a host that leads here and that the certificate has, if one is known.
    /// - Throws: `IoTHubError` when the text is no connection string.
    static func ownConnectionString(_ text: String, bind: String, certificateNames: [String]) throws -> String {
        var string = try ConnectionString(parsing: text)
        let host: String
        if ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::"].contains(bind.lowercased()) {
            host = "localhost"
        } else if !bind.contains(":"), certificateNames.contains(where: { $0.lowercased() == bind.lowercased() }) {
            host = bind
        } else {
            return text
        }
        string.hostName = host + (string.port.map { ":\($0)" } ?? "")
        return string.text
    }

    /// Ends.
    func stop() async {
        telling?.cancel()
        await page?.stop()
    }

    /// Shows the hub's counters once a second.
    private static func tell(_ feed: LiveFeed, about hub: LocalHub, _ host: String) async {
        let clock = ContinuousClock()
        let start = clock.now
        let started = HubTimestamp.now().microsecondsSinceEpoch
        var last = hub.counters
        var (lastTime, next) = (start, start)
        while !Task.isCancelled {
            let counters = hub.counters
            let now = clock.now
            var overview = LiveOverview(counters, since: last, over: (now - lastTime) / .seconds(1))
            overview.hubHostName = host
            overview.startedEpochMicroseconds = started
            overview.elapsedSeconds = (now - start) / .seconds(1)
            feed.publish(overview)
            (last, lastTime) = (counters, now)
            // After a suspend the seconds missed are not made up for.
            next = max(next + .seconds(1), now)
            // Cancelled, it returns at once.
            try? await clock.sleep(until: next, tolerance: .milliseconds(50))
        }
    }
}

extension LiveOverview {
    /// What the page shows of a hub's counters.
    /// - Parameters:
    ///   - counters: those of now.
    ///   - last: earlier ones.
    ///   - seconds: the time between the two; what is below half a second counts as that.
    init(_ counters: HubCounters, since last: HubCounters, over seconds: Double) {
        self.init(source: .hub, title: "local hub", hubHostName: "", startedEpochMicroseconds: 0)
        let order: [TransportType] = [.mqttTcpOnly, .mqttWebSocketOnly, .amqpTcpOnly, .amqpWebSocketOnly]
        let transports = order.filter { counters.traffic[$0] != nil }
        connections = transports.map { Connections($0.rawValue, connected: counters.connections[$0, default: 0]) }
        devices = [
            Count("registered", counters.devices),
            Count("connected", connections.reduce(0) { $0 + $1.connected }),
        ]
        func rate(_ name: String, _ count: (HubCounters) -> Int) -> Rate {
            let difference = Double(count(counters) - count(last))
            return Rate(name, perSecond: Int((difference / max(seconds, 0.5)).rounded()), total: count(counters))
        }
        rates = [
            rate("desired updates", \.desiredUpdates), rate("notifications", \.notifications),
            rate("reported updates", \.reportedUpdates),
            rate("twin reads", { $0.deviceTwinReads + $0.serviceTwinReads }),
            rate("service requests", { $0.serviceRequests.values.reduce(0, +) }),
        ]
        self.counters = [
            Count("connects", counters.connectsTotal.values.reduce(0, +)),
            Count("disconnects", counters.disconnectsTotal.values.reduce(0, +)),
            Count("tag updates", counters.tagUpdates), Count("queries", counters.queries),
        ]
        let refusals = counters.serviceRequests.filter { $0.key >= 400 }.sorted { $0.key < $1.key }
        errors =
            [
                Count(
                    "credentials of devices refused",
                    counters.traffic.values.reduce(0) { $0 + $1.authenticationFailures }
                ),
                Count("twin requests of devices throttled", counters.traffic.values.reduce(0) { $0 + $1.throttled }),
            ].filter { $0.count > 0 } + refusals.map { Count("service requests answered \($0.key)", $0.value) }
    }
}
