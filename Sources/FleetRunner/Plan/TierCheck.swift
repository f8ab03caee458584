import Fleet

/// Holds what a run asks of a hub against what the hub's tier permits.
struct TierCheck {
    let rates: [RateDemand]
    let messages: MessageDemand?

    private let fleet: Fleet
    private let tier: HubTier
    private let planned: PlannedFleet
    private let configuration: RunConfiguration

    /// Works out what a run asks for.
    init(of fleet: Fleet, _ planned: PlannedFleet, tier: HubTier, configuration: RunConfiguration) {
        self.fleet = fleet
        self.tier = tier
        self.planned = planned
        self.configuration = configuration
        let limits = HubLimits(tier: tier, units: fleet.hub.units)
        rates = RateDemand.demands(of: fleet, planned, limits: limits, configuration: configuration)
        messages =
            limits.hasTwins ? MessageDemand(of: fleet, planned, limits: limits, configuration: configuration) : nil
    }

    private var name: String { "\(tier.rawValue) with \(fleet.hub.units) \(fleet.hub.units == 1 ? "unit" : "units")" }

    var findings: [PlanFinding] {
        var findings = Self.unconditional(fleet)
        // What a hub without twins permits of a run that cannot be says nothing to anybody.
        guard HubLimits(tier: tier, units: 1).hasTwins else { return findings }
        let throttled = rates.filter(\.isThrottled)
        let exceeded = messages.flatMap { $0.busiestDay > $0.permittedPerDay ? $0 : nil }
        guard !throttled.isEmpty || exceeded != nil else { return findings }
        // One for all, since there is one hub to order.
        let order = TierOrder.meeting(fleet, planned, insteadOf: tier, configuration: configuration)
        let instead = order.map { ", or take \($0.text)" } ?? "; no tier permits all that the run asks for"
        findings += throttled.map { self.throttled($0, instead: instead) }
        if let exceeded { findings.append(quota(exceeded, instead: instead)) }
        return findings
    }

    /// What a tier is not made for, at whatever rate: a fleet without twins, or one that is too large.
    static func unconditional(_ fleet: Fleet) -> [PlanFinding] { [twins(fleet), identities(fleet)].compactMap(\.self) }

    /// That the fleet has more devices than the hub may have; nil otherwise. (A fleet file has no more than a paid tier.)
    private static func identities(_ fleet: Fleet) -> PlanFinding? {
        guard fleet.hub.tier == .f1, fleet.devices.count > HubLimits.freeIdentities else { return nil }
        let (devices, most) = (CountText.of(fleet.devices.count), CountText.of(HubLimits.freeIdentities))
        let isLocal = fleet.hub.address == .local
        return PlanFinding(
            isLocal ? .limited : .impossible,
            "identities",
            "\(devices) devices are asked, and a hub of the free tier F1 registers \(most) at most"
                + (isLocal ? "; the local hub takes them all the same" : "")
                + ". Run \(most) devices or fewer, or say tier: S1 or higher.",
            brief: "\(devices) devices asked, F1 registers \(most) at most at a real hub"
        )
    }

    /// That a tier without twins is named; nil otherwise.
    private static func twins(_ fleet: Fleet) -> PlanFinding? {
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

    private func throttled(_ demand: RateDemand, instead: String) -> PlanFinding {
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
            // A fleet file takes no commas.
            slower = "say connect: \(permitted.replacing(",", with: "")) or leave it out"
        case .identities, .twinReads, .queries:
            head = "\(asked) are asked"
            slower = "ask for less"
        }
        return PlanFinding(
            .limited,
            demand.subject.rawValue,
            "\(head); \(name) permits \(permitted), so a real hub throttles: \(Self.consequence(of: demand.subject)). "
                + "To mend it \(slower)\(instead).",
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

    private func quota(_ messages: MessageDemand, instead: String) -> PlanFinding {
        let (asked, permitted) = (CountText.of(messages.busiestDay), CountText.of(messages.permittedPerDay))
        let when = messages.isLongerThanDay ? " on its busiest day" : ""
        return PlanFinding(
            .limited,
            "messages",
            "the run takes about \(asked) messages\(when); \(name) permits \(permitted) a day, after which the hub takes nothing "
                + "for the rest of the day (UTC). Drive for a shorter time or at a lower rate\(instead).",
            brief: "about \(asked) asked\(when), \(name) permits \(permitted) a day"
        )
    }
}
