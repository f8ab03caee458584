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

    /// Messages per day; nil for no limit.
    ///
    /// Source: Azure IoT Hub documentation, "Choose the right IoT Hub tier and size for your solution".
    var messagesPerDay: Double?
    /// What counts as one message, in bytes: reads and updates of twins and answers to queries are metered in such pieces.
    ///
    /// Source: Azure IoT Hub documentation, "Azure IoT Hub billing information".
    var meterBytes = 4096
    /// The most devices that a hub of the free tier registers.
    ///
    /// Source: Azure IoT Hub pricing, frequently asked questions: only the free tier has such a limit (below the million
    /// that every hub has).
    static let freeIdentities = 500
    /// Whether there are twins at all: the basic tiers have none.
    var hasTwins = true

    /// A hub without limits.
    static let none = HubLimits()

    init() {}

    /// The limits of so many units of a tier.
    init(tier: HubTier, units: Int) {
        let units = Double(max(1, units))
        messagesPerDay = Self.messagesPerDay(of: tier) * units
        meterBytes = tier == .f1 ? 512 : 4096
        hasTwins = ![.b1, .b2, .b3].contains(tier)
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

    private static func messagesPerDay(of tier: HubTier) -> Double {
        switch tier {
        case .f1: 8_000
        case .b1, .s1: 400_000
        case .b2, .s2: 6_000_000
        case .b3, .s3: 300_000_000
        }
    }
}
