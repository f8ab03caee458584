import Fleet

/// A hub that can be bought: units of a tier.
struct TierOrder: Sendable, Hashable {
    var tier: HubTier
    var units: Int

    /// As a fleet file says it.
    var text: String { "tier: \(tier.rawValue), units: \(units)" }

    /// The one order that gives a run all that it asks for, in every second and in a day: more units of the tier if they
    /// do, else the other tier that needs the fewest.
    /// - Returns: nil when there is none.
    static func meeting(
        _ fleet: Fleet,
        _ planned: PlannedFleet,
        insteadOf tier: HubTier,
        configuration: RunConfiguration
    ) -> TierOrder? {
        // Their messages are metered alike, and counting them takes long in a large fleet.
        let paid: [HubTier] = [.s1, .s2, .s3]
        let messages = MessageDemand(
            of: fleet,
            planned,
            limits: HubLimits(tier: .s1, units: 1),
            configuration: configuration
        )
        func least(_ tier: HubTier) -> TierOrder? {
            (1...tier.maximumUnits).first { units in
                let limits = HubLimits(tier: tier, units: units)
                let demands = RateDemand.demands(of: fleet, planned, limits: limits, configuration: configuration)
                return !demands.contains(where: \.isThrottled)
                    && Double(messages?.busiestDay ?? 0) <= limits.messagesPerDay ?? .infinity
            }.map { TierOrder(tier: tier, units: $0) }
        }
        if paid.contains(tier), let order = least(tier) { return order }
        return paid.filter { $0 != tier }.compactMap(least).min { $0.units < $1.units }
    }
}
