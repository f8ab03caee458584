import Fleet

/// How fast a hub of a tier takes what a run does before it drives.
///
/// Source: Azure IoT Hub documentation, "Reference - IoT Hub quotas and throttling".
struct HubLimits: Sendable, Hashable {
    /// Identities created, read or removed per second; nil for no limit.
    var identityOperationsPerSecond: Double?
    /// New device connections per second; nil for no limit.
    var connectionsPerSecond: Double?
    /// Twin reads per second; nil for no limit.
    var twinReadsPerSecond: Double?
    /// Twin updates, reported and desired together, per second; nil for no limit.
    var twinUpdatesPerSecond: Double?

    /// Pages of queries per second; nil for no limit.
    var queriesPerSecond: Double?

    /// A hub without limits.
    static let none = HubLimits()

    init() {}

    /// The limits of so many units of a tier.
    init(tier: HubTier, units: Int) {
        let units = Double(max(1, units))
        queriesPerSecond = (tier == .b3 || tier == .s3 ? 1000 : 20) / 60 * units
        switch tier {
        case .f1, .b1, .s1:
            identityOperationsPerSecond = 100 / 60 * units
            connectionsPerSecond = max(100, 12 * units)
            twinReadsPerSecond = 100
            twinUpdatesPerSecond = 50
        case .b2, .s2:
            identityOperationsPerSecond = 100 / 60 * units
            connectionsPerSecond = 120 * units
            twinReadsPerSecond = max(100, 10 * units)
            twinUpdatesPerSecond = max(50, 5 * units)
        case .b3, .s3:
            identityOperationsPerSecond = 5000 / 60 * units
            connectionsPerSecond = 6000 * units
            twinReadsPerSecond = 500 * units
            twinUpdatesPerSecond = 250 * units
        }
    }

    /// The limits that a fleet file's hub has: those of its tier when it names one.
    init(of hub: HubSetting) { self = hub.tier.map { HubLimits(tier: $0, units: hub.units) } ?? .none }
}
