public import Fleet
import IoTHub

/// What a run of a fleet would take, computed without any traffic.
public struct FleetPlan: Sendable {
    /// The fleet's file, as given.
    public var file: String
    /// The fleet's name.
    public var fleetName: String
    /// The seed that all chance comes from.
    public var seed: UInt64
    /// Equal ones have equal devices, connections and schedules; the run's summary has it, too.
    ///
    /// Nil when this machine has too little memory for the schedule, whose figures are then those to be expected.
    public var fingerprint: String?
    /// The hub's host, never with keys; nil for the built-in hub.
    public var hubHost: String?
    /// The tier whose limits the plan is held against; nil when none is assumed.
    public var tier: HubTier?
    /// Units of the tier.
    public var units: Int
    /// The fleet as its file expands.
    public var fleet: PlannedFleet
    /// What this machine has.
    public var machine: MachineFacts
    /// What the fleet needs of it.
    public var needs: MachineNeeds
    /// What the run asks of the hub in a second, against the tier; empty without a tier.
    public var rates: [RateDemand]
    /// The messages that the tier counts; nil without a tier.
    public var messages: MessageDemand?
    /// The phases from provision to verify.
    public var phases: [PhaseEstimate]
    /// What will not go as asked, worst first.
    public var findings: [PlanFinding]

    /// Whether a run would go as asked, as far as one can say before.
    public var isFine: Bool { !findings.contains { $0.severity != .note } }

    /// The phases that have a figure, together.
    public var duration: Duration { phases.reduce(.zero) { $0 + ($1.duration ?? .zero) } }

    /// Plans a run.
    /// - Parameters:
    ///   - fleet: the fleet.
    ///   - machine: what the machine has that will run it.
    ///   - configuration: the run's settings.
    /// - Throws: ``RunError`` with `unsupported` when the workload has more changes than one run can account for.
    public init(
        of fleet: Fleet,
        on machine: MachineFacts,
        configuration: RunConfiguration = RunConfiguration()
    ) throws(RunError) {
        let lanes = configuration.lanes ?? machine.processors
        // Arithmetic first: a plan must not itself run out of the memory that it finds missing.
        let expected = MachineNeeds(of: fleet, changes: Schedule.expectedWholeCount(of: fleet), lanes: lanes)
        let isTooLarge = MachineCheck(needs: expected, machine: machine).lacksMemory
        let schedule = try Schedule(of: fleet, firstOfEachItem: isTooLarge ? Self.shownChanges : nil)
        let limits = HubLimits(of: fleet.hub)
        let planned = PlannedFleet(of: fleet, schedule)
        file = fleet.file
        fleetName = fleet.name
        seed = fleet.seed
        fingerprint = schedule.isWhole ? Fingerprint.of(fleet, schedule) : nil
        hubHost = Self.host(of: fleet.hub)
        tier = fleet.hub.tier
        units = fleet.hub.units
        self.fleet = planned
        self.machine = machine
        needs = schedule.isWhole ? MachineNeeds(of: fleet, changes: planned.changes, lanes: lanes) : expected
        let check = tier.map { TierCheck(of: fleet, planned, tier: $0, configuration: configuration) }
        rates = check?.rates ?? []
        messages = check?.messages
        phases = PhaseEstimate.estimates(of: fleet, planned, needs, limits: limits, configuration: configuration)
        findings = MachineCheck(needs: needs, machine: machine).findings
        findings += PaceCheck(of: fleet, processors: machine.processors).findings
        findings += check?.findings ?? []
        findings = PlanFinding.Severity.allCases.flatMap { severity in findings.filter { $0.severity == severity } }
    }

    /// Changes that a plan shows: the first ones.
    static let shownChanges = 3

    private static func host(of hub: HubSetting) -> String? {
        switch hub.address {
        case .local: nil
        case .connection(let text): (try? ConnectionString(parsing: text))?.hostName ?? ""
        case .entra(let host, _): host
        }
    }

    /// Makes the checks that a run begins with, in a moment also for the largest fleet, and raises the limit of open files.
    /// - Parameters:
    ///   - fleet: the fleet.
    ///   - machine: what the machine has that will run it.
    ///   - configuration: the run's settings.
    /// - Throws: ``RunError`` with what cannot work, why, and what to do: `limitTooLow` for the machine, `unsupported` for
    ///   the hub's tier, or a rate that nothing keeps to.
    public static func check(
        _ fleet: Fleet,
        on machine: MachineFacts = .read(),
        configuration: RunConfiguration = RunConfiguration()
    ) throws(RunError) {
        OpenFileLimit.raise()
        let needs = MachineNeeds(
            of: fleet,
            changes: Schedule.expectedWholeCount(of: fleet),
            lanes: configuration.lanes ?? machine.processors
        )
        let asked = TierCheck.unconditional(fleet) + PaceCheck(of: fleet, processors: machine.processors).findings
        if let finding = asked.first(where: { $0.severity == .impossible }) {
            throw RunError(.unsupported, finding.text)
        }
        let impossible = MachineCheck(needs: needs, machine: machine).findings.filter { $0.severity == .impossible }
        guard !impossible.isEmpty else { return }
        let lines = impossible.flatMap { [$0.text] + $0.commands.map { "  \($0)" } }
        throw RunError(.limitTooLow, lines.joined(separator: "\n"))
    }

    /// What will not go as asked although a run begins, for the run to tell; one line each, without full stop.
    static func warnings(of fleet: Fleet, _ schedule: Schedule, configuration: RunConfiguration) -> [String] {
        var findings = PaceCheck(of: fleet, processors: Machine.processors).findings
        if let tier = fleet.hub.tier {
            let planned = PlannedFleet(of: fleet, schedule)
            findings += TierCheck(of: fleet, planned, tier: tier, configuration: configuration).findings
        }
        return findings.filter { !$0.brief.isEmpty }.map { "\($0.subject): \($0.brief) ('twinfleet plan')" }
    }
}
