import Fleet

/// Holds what a run asks of a hub against what the hub's tier permits.
struct TierCheck {
    let fleet: Fleet
    let tier: HubTier
    let rates: [RateDemand]
    let messages: MessageDemand?

    private var limits: HubLimits { HubLimits(tier: tier, units: fleet.hub.units) }
    private var name: String { "\(tier.rawValue) with \(fleet.hub.units) \(fleet.hub.units == 1 ? "unit" : "units")" }

    var findings: [PlanFinding] {
        var findings = Self.twins(fleet).map { [$0] } ?? []
        findings += rates.filter(\.isThrottled).map(throttled)
        if let messages, messages.run > messages.permittedPerDay { findings.append(quota(messages)) }
        return findings
    }

    /// That a tier without twins is named; nil otherwise.
    static func twins(_ fleet: Fleet) -> PlanFinding? {
        guard let tier = fleet.hub.tier, !HubLimits(tier: tier, units: 1).hasTwins else { return nil }
        let isLocal = fleet.hub.address == .local
        return PlanFinding(
            isLocal ? .limited : .impossible,
            "tier",
            "a hub of the basic tier \(tier.rawValue) has no device twins, so that no fleet runs on it"
                + (isLocal ? "; the local hub has them all the same" : "")
                + ". Say tier: S1 or higher.",
            brief: "\(tier.rawValue) has no device twins at a real hub"
        )
    }

    private func throttled(_ demand: RateDemand) -> PlanFinding {
        let asked = PhaseEstimate.rate(demand.askedPerSecond)
        let permitted = PhaseEstimate.rate(demand.permittedPerSecond)
        let head: String
        let slower: String
        switch demand.subject {
        case .twinUpdates:
            head =
                "changes are asked at \(PhaseEstimate.rate(demand.askedPerSecond / 2)), with their echoes \(asked) updates"
            slower = "ask for changes at \(PhaseEstimate.rate(demand.permittedPerSecond / 2)) or less"
        case .bulkItems:
            head = "\(asked) are asked; they share requests, whose items the hub counts as operations on identities"
            slower = "ask for changes at \(permitted) or less"
        case .connections:
            head = "\(asked) are asked"
            slower = "say connect: \(permitted) or leave it out"
        case .identities, .twinReads, .queries:
            head = "\(asked) are asked"
            slower = "ask for less"
        }
        return PlanFinding(
            .limited,
            demand.subject.rawValue,
            "\(head); \(name) permits \(permitted), so a real hub throttles: \(Self.consequence(of: demand.subject)). "
                + "To mend it \(slower)\(instead(of: demand)).",
            brief: "\(asked) asked, \(name) permits \(permitted), so a real hub throttles"
        )
    }

    private static func consequence(of subject: RateDemand.Subject) -> String {
        switch subject {
        case .connections: "connections are answered late or refused"
        case .twinUpdates, .bulkItems: "changes arrive late, then are refused with 429"
        case .identities, .twinReads, .queries: "requests are refused with 429"
        }
    }

    private func instead(of demand: RateDemand) -> String {
        let order = HubLimits.order(
            { ($0.permitted(demand.subject) ?? .infinity) * 1.001 >= demand.askedPerSecond },
            insteadOf: tier
        )
        return order.map { ", or take \(Self.text($0))" } ?? "; no tier permits as much"
    }

    private func quota(_ messages: MessageDemand) -> PlanFinding {
        let order = HubLimits.order({ ($0.messagesPerDay ?? .infinity) >= Double(messages.run) }, insteadOf: tier)
        return PlanFinding(
            .limited,
            "messages",
            "the run takes about \(messages.run) messages; \(name) permits \(messages.permittedPerDay) a day, after which "
                + "the hub takes nothing for the rest of the day (UTC). Drive for a shorter time or at a lower rate"
                + (order.map { ", or take \(Self.text($0))" } ?? "") + ".",
            brief: "about \(messages.run) asked, \(name) permits \(messages.permittedPerDay) a day"
        )
    }

    private static func text(_ order: (tier: HubTier, units: Int)) -> String {
        "tier: \(order.tier.rawValue), units: \(order.units)"
    }
}
