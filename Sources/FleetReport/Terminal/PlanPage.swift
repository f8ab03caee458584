import Fleet
public import FleetRunner
import IoTHub

/// A plan as a person reads it on a terminal, up to 100 columns wide.
public struct PlanPage {
    private let plan: FleetPlan
    private var page: Page

    /// Makes the plan's text.
    /// - Parameters:
    ///   - plan: the plan.
    ///   - style: whether to use colours.
    /// - Returns: lines that end in a line feed each.
    public static func render(_ plan: FleetPlan, style: Style) -> String {
        var text = PlanPage(plan: plan, page: Page(style: style))
        text.addFleet()
        text.addWorkload()
        PlanMachinePage(plan: plan).add(to: &text.page)
        PlanHubPage(plan: plan).add(to: &text.page)
        text.addTime()
        text.addFindings()
        return text.page.lines.joined(separator: "\n") + "\n"
    }

    // MARK: The fleet

    private mutating func addFleet() {
        let fleet = plan.fleet
        page.heading("fleet")
        page.row("fleet", "\(plan.fleetName), seed \(plan.seed), fingerprint \(plan.fingerprint ?? "not computed")")
        page.row("file", plan.file)
        let more = fleet.devices > fleet.firstIDs.count ? ", …" : ""
        page.row("devices", "\(Format.count(fleet.devices)): \(fleet.firstIDs.joined(separator: ", "))\(more)")
        page.row("transport", Self.counts(fleet.transports))
        let silent = fleet.connectivity.reduce(fleet.devices) { $0 - $1.devices }
        let connectivity =
            [Self.counts(fleet.connectivity), silent > 0 ? "not reported \(Format.count(silent))" : ""]
        page.row("connectivity", connectivity.filter { !$0.isEmpty }.joined(separator: ", "))
        page.row("authentication", Self.counts(fleet.authentication))
        page.line("")
        page.line(Format.left("  by entry of devices", 78) + Format.right("devices", 20))
        for template in fleet.templates.prefix(Self.mostTemplates) {
            page.line(
                "    " + Format.left(Format.shortened(template.name, to: 70), 74)
                    + Format.right(Format.count(template.devices), 20)
            )
        }
        let rest = fleet.templates.count - Self.mostTemplates
        if rest > 0 { page.line("    … and \(Format.count(rest, "more entry", "more entries"))") }
    }

    private static let mostTemplates = 20

    private static func counts(_ counts: [PlannedFleet.Count]) -> String {
        counts.map { "\($0.name) \(Format.count($0.devices))" }.joined(separator: ", ")
    }

    private mutating func addWorkload() {
        let fleet = plan.fleet
        page.heading("workload")
        page.row(
            "changes",
            "\(Format.count(fleet.changes)) to \(Format.count(fleet.changedDevices, "device")), "
                + "\(Format.rate(fleet.changesPerSecond)) on average"
        )
        for (index, item) in fleet.items.enumerated() {
            let pace =
                switch item.pace {
                case .rate(let perSecond): "\(Format.rate(perSecond)) over \(Format.count(item.devices, "device"))"
                case .every(let period):
                    "every \(Format.duration(period)) each of \(Format.count(item.devices, "device"))"
                }
            page.row("item \(index + 1)", "\(pace): \(Format.count(item.changes, "change"))")
            if let example = item.example { page.row("", Format.shortened(example.text, to: 160), tone: nil) }
        }
        for (index, change) in fleet.firstChanges.enumerated() {
            let time = Format.time(microseconds: Int64(change.intended / .microseconds(1)))
            page.row(
                index == 0 ? "first" : "",
                "at \(time)  \(change.deviceID)  \(Format.shortened(change.desired.text, to: 100))"
            )
        }
    }

    /// Figures below each other, right-aligned.
    static func columns(_ texts: [String]) -> String { texts.map { Format.right($0, 14) }.joined() }

    // MARK: Time, and what is wrong

    private mutating func addTime() {
        page.heading("time")
        var isWhole = true
        var total = Duration.zero
        for phase in plan.phases {
            // Rounded as it is shown, so that the sum is that of the figures above it.
            let duration = phase.duration.map(Format.rounded)
            total += duration ?? .zero
            let time: String
            switch phase.basis {
            case .planned, .paced: time = duration.map(Format.duration) ?? "?"
            case .atLeast: time = duration.map { "> " + Format.duration($0) } ?? "?"
            case .unpaced: time = "?"
            }
            if phase.basis == .atLeast || phase.basis == .unpaced { isWhole = false }
            page.row(head: Format.left(phase.phase.rawValue, 14) + Format.right(time, 14) + "  ", phase.text)
        }
        page.row(
            head: Format.left("total", 14) + Format.right((isWhole ? "" : "> ") + Format.duration(total), 14)
                + "  ",
            "and what the hub's answers take"
        )
    }

    private mutating func addFindings() {
        for finding in plan.findings {
            switch finding.severity {
            case .impossible: page.heading("CANNOT RUN: \(finding.subject)")
            case .limited: page.heading("NOT AS ASKED: \(finding.subject)")
            case .note: page.heading("note: \(finding.subject)")
            }
            for piece in Page.pieces(of: finding.text, width: page.width - 2) { page.line("  " + piece) }
            for command in finding.commands { page.line("    \(command)") }
        }
        page.line("")
        let worst = plan.findings.first?.severity
        switch worst {
        case .impossible?: page.line(page.style.apply(.bad, to: "CANNOT RUN") + "  \(plan.fleetName)")
        case .limited?: page.line(page.style.apply(.doubtful, to: "NOT AS ASKED") + "  \(plan.fleetName)")
        case .note?, nil: page.line(page.style.apply(.good, to: "FINE") + "  \(plan.fleetName)")
        }
    }
}
