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
        text.addMachine()
        text.addHub()
        text.addTime()
        text.addFindings()
        return text.page.lines.joined(separator: "\n") + "\n"
    }

    // MARK: The fleet

    private mutating func addFleet() {
        let fleet = plan.fleet
        page.heading("fleet")
        page.row("fleet", "\(plan.fleetName), seed \(plan.seed), fingerprint \(plan.fingerprint)")
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

    // MARK: This machine

    private mutating func addMachine() {
        let (needs, machine) = (plan.needs, plan.machine)
        page.heading(
            Format.left("this machine", 38) + Self.columns(["needed", "there is"])
        )
        let ports = needs.connections.sorted { $0.key.rawValue < $1.key.rawValue }
        let files = max(needs.runner.openFiles, needs.localHub?.openFiles ?? 0)
        limit("open files of the run", needs.runner.openFiles, machine.hardOpenFiles)
        if let hub = needs.localHub { limit("open files of the local hub", hub.openFiles, machine.hardOpenFiles) }
        for (service, count) in ports {
            limit("source ports to the hub's \(service.rawValue) port", count, machine.sourcePorts.count)
        }
        let memory = needs.runner.memoryBytes + (needs.localHub?.memoryBytes ?? 0)
        row(
            "memory" + (needs.localHub == nil ? "" : ", run and local hub"),
            [Format.bytes(memory), machine.availableMemoryBytes.map(Format.bytes) ?? "unknown"],
            isGood: machine.availableMemoryBytes.map { memory <= $0 } ?? true
        )
        row("processors", ["", Format.count(machine.processors)], isGood: nil)
        if machine.softOpenFiles < files, files <= machine.hardOpenFiles {
            page.line("  a run raises its soft limit of open files, \(Format.count(machine.softOpenFiles)), by itself")
        }
        page.line("")
        page.line(
            Format.left("  by carrier", 38)
                + Self.columns(["devices", "connections", "files", "memory"])
        )
        for share in needs.shares {
            page.line(
                "    " + Format.left(share.carrier.rawValue, 34)
                    + Self.columns([
                        Format.count(share.devices), Format.count(share.connections), Format.count(share.files),
                        Format.bytes(share.memoryBytes),
                    ])
            )
        }
        if needs.bookBytes >= 1_048_576 {
            page.line(
                "    " + Format.left("books of the changes", 34)
                    + Self.columns(["", "", "", Format.bytes(needs.bookBytes)])
            )
        }
        addFallback()
    }

    private mutating func addFallback() {
        let count = plan.needs.shares.reduce(0) { $0 + $1.devicesWithChoice }
        guard count > 0 else { return }
        for piece in Page.pieces(
            of:
                "\(Format.count(count, "device")) of transport Mqtt or Amqp fall back to WebSockets where TCP does not get "
                + "through; then the run needs \(Format.count(plan.needs.openFilesAfterFallback)) open files.",
            width: Page.width - 2
        ) { page.line("  " + piece) }
    }

    private mutating func limit(_ name: String, _ needed: Int, _ has: Int) {
        row(name, [Format.count(needed), Format.count(has)], isGood: needed <= has)
    }

    private mutating func row(_ name: String, _ values: [String], isGood: Bool?) {
        let mark = isGood.map { page.style.apply($0 ? .good : .bad, to: $0 ? "  ok" : "  TOO FEW") } ?? ""
        page.line("  " + Format.left(name, 36) + Self.columns(values) + mark)
    }

    private static func columns(_ texts: [String]) -> String { texts.map { Format.right($0, 14) }.joined() }

    // MARK: The hub

    private mutating func addHub() {
        page.heading("hub")
        page.row("hub", plan.hubHost ?? "local: the built-in one, started for the run")
        guard let tier = plan.tier else {
            page.row(
                "tier",
                "none is assumed, so that nothing is held against a tier's limits; hub: { tier: S1, units: 1 } does that"
            )
            return
        }
        let isLocal = plan.hubHost == nil
        page.row(
            "tier",
            "\(tier.rawValue), \(Format.count(plan.units, "unit"))"
                + (isLocal ? "; the local hub itself does not throttle, a real one of that tier does" : "")
        )
        page.line("")
        page.line(Format.left("  a second", 38) + Self.columns(["asked", "permitted"]))
        for rate in plan.rates {
            page.line(
                "    " + Format.left("\(rate.subject.rawValue), \(rate.phase.rawValue)", 34)
                    + Self.columns([Format.rate(rate.askedPerSecond), Format.rate(rate.permittedPerSecond)])
                    + (rate.isThrottled
                        ? page.style.apply(.bad, to: "  THROTTLED")
                        : page.style.apply(.good, to: rate.isPaced ? "  ok, the run keeps to it" : "  ok"))
            )
        }
        if let messages = plan.messages { addMessages(messages) }
    }

    private mutating func addMessages(_ messages: MessageDemand) {
        page.line("")
        page.line(Format.left("  messages, as the tier counts them", 38) + Self.columns(["about", "a day"]))
        let isEnough = messages.run <= messages.permittedPerDay
        page.line(
            "    " + Format.left("the whole run", 34)
                + Self.columns([Format.count(messages.run), Format.count(messages.permittedPerDay)])
                + page.style.apply(isEnough ? .good : .bad, to: isEnough ? "  ok" : "  TOO MANY")
        )
        for (name, count) in [
            ("getting ready", messages.ready), ("driving", messages.drive), ("verifying", messages.verify),
        ] {
            page.line("      " + Format.left(name, 32) + Self.columns([Format.count(count)]))
        }
        page.line(
            "    " + Format.left("driving like this for a day", 34)
                + Self.columns([Format.count(messages.drivenPerDay)])
        )
        if let lasts = messages.lasts {
            page.line("    driving like this, a day's messages last for \(Format.duration(lasts))")
        }
    }

    // MARK: Time, and what is wrong

    private mutating func addTime() {
        page.heading("time")
        var isWhole = true
        for phase in plan.phases {
            let time: String
            switch phase.basis {
            case .planned, .paced: time = phase.duration.map(Format.duration) ?? "?"
            case .atLeast: time = phase.duration.map { "> " + Format.duration($0) } ?? "?"
            case .unpaced: time = "?"
            }
            if phase.basis == .atLeast || phase.basis == .unpaced { isWhole = false }
            page.row(head: Format.left(phase.phase.rawValue, 14) + Format.right(time, 14) + "  ", phase.text)
        }
        page.row(
            head: Format.left("total", 14) + Format.right((isWhole ? "" : "> ") + Format.duration(plan.duration), 14)
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
            for piece in Page.pieces(of: finding.text, width: Page.width - 2) { page.line("  " + piece) }
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
