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

extension HubLimits {
    /// The limit that a demand is held against.
    func permitted(_ subject: RateDemand.Subject) -> Double? {
        switch subject {
        case .identities, .bulkItems: identityOperationsPerSecond
        case .connections: connectionsPerSecond
        case .twinReads: twinReadsPerSecond
        case .twinUpdates: twinUpdatesPerSecond
        case .queries: queriesPerSecond
        }
    }

    /// What to order for a demand: more units of the tier if that helps, else the tier above it that needs the fewest.
    static func order(
        _ enough: (HubLimits) -> Bool,
        insteadOf tier: HubTier
    ) -> (tier: HubTier, units: Int)? {
        func units(_ tier: HubTier) -> Int? {
            (1...200).first { enough(HubLimits(tier: tier, units: $0)) }
        }
        let paid: [HubTier] = [.s1, .s2, .s3]
        if paid.contains(tier), let count = units(tier) { return (tier, count) }
        let others = paid.filter { $0 != tier }.compactMap { other in units(other).map { (tier: other, units: $0) } }
        return others.min { $0.units < $1.units }
    }
}
