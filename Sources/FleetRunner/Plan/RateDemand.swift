import Fleet

/// What a run asks of a hub in a second, against what the hub's tier permits.
public struct RateDemand: Sendable, Hashable {
    /// What is asked for.
    public enum Subject: String, Sendable, Hashable, CaseIterable {
        case identities = "identities"
        case connections = "new connections"
        case twinReads = "twin reads"
        case twinUpdates = "twin updates"
        /// Changes that share a request: the hub counts each as an operation on identities.
        case bulkItems = "changes in bulk"
        case queries = "query pages"
    }

    /// What is asked for.
    public var subject: Subject
    /// In which phase.
    public var phase: RunPhase
    /// How many a second.
    public var askedPerSecond: Double
    /// How many the hub takes.
    public var permittedPerSecond: Double
    /// Whether the run keeps to what is permitted by itself.
    public var isPaced: Bool

    /// Whether the hub would throttle it; a part in a thousand is within the accuracy of any clock.
    public var isThrottled: Bool { askedPerSecond > permittedPerSecond * 1.001 }

    /// What a run asks of a hub with these limits; nothing without limits.
    static func demands(
        of fleet: Fleet,
        _ planned: PlannedFleet,
        limits: HubLimits,
        configuration: RunConfiguration
    ) -> [RateDemand] {
        var demands: [RateDemand] = []
        func add(_ subject: Subject, _ phase: RunPhase, _ permitted: Double?, asked: Double? = nil) {
            guard let permitted else { return }
            demands.append(
                RateDemand(
                    subject: subject,
                    phase: phase,
                    askedPerSecond: asked ?? permitted,
                    permittedPerSecond: permitted,
                    isPaced: asked == nil
                )
            )
        }
        add(.identities, .provision, limits.identityOperationsPerSecond)
        add(.connections, .connect, limits.connectionsPerSecond, asked: fleet.connectPerSecond)
        guard limits.hasTwins else { return demands }
        add(.twinUpdates, .ready, limits.twinUpdatesPerSecond)
        add(.twinUpdates, .drive, limits.twinUpdatesPerSecond, asked: planned.changesPerSecond * 2)
        if planned.changesPerSecond > configuration.bulkThresholdPerSecond {
            add(.bulkItems, .drive, limits.identityOperationsPerSecond, asked: planned.changesPerSecond)
        }
        add(.twinReads, .verify, limits.twinReadsPerSecond)
        if !fleet.queries.isEmpty { add(.queries, .verify, limits.queriesPerSecond) }
        return demands
    }
}
