import Fleet
import FleetRunner

/// What a run asks of the hub, against what its tier permits: part of a ``PlanPage``.
struct PlanHubPage {
    let plan: FleetPlan

    /// Adds the section.
    func add(to page: inout Page) {
        page.heading("hub")
        page.row("hub", plan.hubHost ?? "local: the built-in one, started for the run")
        guard let tier = plan.tier else {
            let hint = plan.hubHost == nil ? "hub: { tier: S1, units: 1 }" : "tier: S1, units: 1 in the mapping of hub"
            page.row("tier", "none is assumed, so that nothing is held against a tier's limits; \(hint) does that")
            return
        }
        let isLocal = plan.hubHost == nil
        page.row(
            "tier",
            "\(tier.rawValue), \(Format.count(plan.units, "unit"))"
                + (isLocal ? "; the local hub itself does not throttle, a real one of that tier does" : "")
        )
        page.line("")
        page.line(Format.left("  a second", 38) + PlanPage.columns(["asked", "permitted"]))
        for rate in plan.rates {
            page.line(
                "    " + Format.left("\(rate.subject.rawValue), \(rate.phase.rawValue)", 34)
                    + PlanPage.columns([Format.rate(rate.askedPerSecond), Format.rate(rate.permittedPerSecond)])
                    + (rate.isThrottled
                        ? page.style.apply(.bad, to: "  THROTTLED")
                        : page.style.apply(.good, to: rate.isPaced ? "  ok, the run keeps to it" : "  ok"))
            )
        }
        if let messages = plan.messages { add(messages, to: &page) }
    }

    private func add(_ messages: MessageDemand, to page: inout Page) {
        page.line("")
        page.line(Format.left("  messages, as the tier counts them", 38) + PlanPage.columns(["about", "a day"]))
        let isEnough = messages.busiestDay <= messages.permittedPerDay
        page.line(
            "    " + Format.left(messages.isLongerThanDay ? "the run's busiest day" : "the whole run", 34)
                + PlanPage.columns([Format.count(messages.busiestDay), Format.count(messages.permittedPerDay)])
                + page.style.apply(isEnough ? .good : .bad, to: isEnough ? "  ok" : "  TOO MANY")
        )
        if messages.isLongerThanDay {
            page.line("    " + Format.left("the whole run", 34) + PlanPage.columns([Format.count(messages.run)]))
        }
        for (name, count) in [
            ("getting ready", messages.ready), ("driving", messages.drive), ("verifying", messages.verify),
        ] {
            page.line("      " + Format.left(name, 32) + PlanPage.columns([Format.count(count)]))
        }
        page.line(
            "    " + Format.left("driving like this for a day", 34)
                + PlanPage.columns([Format.count(messages.drivenPerDay)])
        )
        if let lasts = messages.lasts {
            page.line("    driving like this, a day's messages last for \(Format.duration(lasts))")
        }
    }
}
