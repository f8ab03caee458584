import Fleet
public import FleetRunner
public import IoTHub

/// A plan as other programs read it.
///
/// Names carry their unit; a figure that does not exist is null.
public enum PlanJSON {
    /// The version of the format; it goes up when a name changes its meaning.
    public static let schema: Int64 = 1

    /// Makes the document.
    public static func document(_ plan: FleetPlan) -> JSONObject {
        [
            "schema": .integer(schema),
            "fleet": .string(plan.fleetName),
            "file": .string(plan.file),
            "seed": Int64(exactly: plan.seed).map(JSON.integer) ?? .string(String(plan.seed)),
            "fleet_fingerprint": plan.fingerprint.map(JSON.string) ?? .null,
            "fine": .bool(plan.isFine),
            "findings": .array(plan.findings.map(finding)),
            "hub": plan.hubHost.map(JSON.string) ?? "local",
            "tier": plan.tier.map { JSON.string($0.rawValue) } ?? .null,
            "units": plan.tier == nil ? .null : integer(plan.units),
            "devices": devices(plan.fleet),
            "workload": workload(plan.fleet),
            "machine": machine(plan),
            "rates": .array(plan.rates.map(rate)),
            "messages": plan.messages.map(messages) ?? .null,
            "phases": .array(plan.phases.map(phase)),
        ]
    }

    private static func integer(_ value: Int) -> JSON { .integer(Int64(value)) }

    private static func seconds(_ duration: Duration) -> JSON {
        .double(duration.roundedSeconds)
    }

    private static func finding(_ finding: PlanFinding) -> JSON {
        [
            "severity": .string(finding.severity.rawValue), "subject": .string(finding.subject),
            "text": .string(finding.text), "commands": .array(finding.commands.map(JSON.string)),
        ]
    }

    private static func devices(_ fleet: PlannedFleet) -> JSON {
        func counts(_ counts: [PlannedFleet.Count]) -> JSON {
            .array(counts.map { ["name": .string($0.name), "devices": integer($0.devices)] })
        }
        return [
            "declared": integer(fleet.devices), "first": .array(fleet.firstIDs.map(JSON.string)),
            "templates": counts(fleet.templates), "transports": counts(fleet.transports),
            "connectivity": counts(fleet.connectivity), "authentication": counts(fleet.authentication),
        ]
    }

    private static func workload(_ fleet: PlannedFleet) -> JSON {
        let items = fleet.items.map { item -> JSON in
            var object: JSONObject = ["devices": integer(item.devices), "changes": integer(item.changes)]
            switch item.pace {
            case .rate(let perSecond): object["rate_per_s"] = .double(perSecond)
            case .every(let period): object["every_s"] = seconds(period)
            }
            object["example"] = item.example.map(JSON.object) ?? .null
            return .object(object)
        }
        let first = fleet.firstChanges.map { change -> JSON in
            [
                "intended_s": seconds(change.intended), "device": .string(change.deviceID),
                "desired": .object(change.desired),
            ]
        }
        return [
            "changes": integer(fleet.changes), "changes_per_s": .double(fleet.changesPerSecond),
            "changed_devices": integer(fleet.changedDevices), "items": .array(items), "first": .array(first),
        ]
    }

    private static func machine(_ plan: FleetPlan) -> JSON {
        let (needs, has) = (plan.needs, plan.machine)
        func ports(_ connections: [HubService: Int]) -> JSON {
            var object = JSONObject()
            for (service, count) in connections.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                object[service.rawValue.lowercased()] = integer(count)
            }
            return .object(object)
        }
        func process(_ process: MachineNeeds.Process) -> JSON {
            ["open_files": integer(process.openFiles), "memory_bytes": .integer(process.memoryBytes)]
        }
        let shares = needs.shares.map { share -> JSON in
            [
                "carrier": .string(share.carrier.rawValue), "devices": integer(share.devices),
                "connections": integer(share.connections), "open_files": integer(share.files),
                "memory_bytes": .integer(share.memoryBytes), "devices_with_fallback": integer(share.devicesWithChoice),
            ]
        }
        return [
            "has": [
                "soft_open_files": integer(has.softOpenFiles), "hard_open_files": integer(has.hardOpenFiles),
                "source_ports": integer(has.sourcePorts.count), "processors": integer(has.processors),
                "available_memory_bytes": has.availableMemoryBytes.map(JSON.integer) ?? .null,
                "free_swap_bytes": .integer(has.freeSwapBytes),
            ],
            "run": process(needs.runner), "local_hub": needs.localHub.map(process) ?? .null,
            "source_ports": ports(needs.connections), "carriers": .array(shares),
            "change_books_bytes": .integer(needs.bookBytes),
            "after_fallback": [
                "open_files": integer(needs.openFilesAfterFallback),
                "source_ports": ports(needs.connectionsAfterFallback),
            ],
        ]
    }

    private static func rate(_ rate: RateDemand) -> JSON {
        [
            "subject": .string(rate.subject.rawValue), "phase": .string(rate.phase.rawValue),
            "asked_per_s": .double(rate.askedPerSecond), "permitted_per_s": .double(rate.permittedPerSecond),
            "paced": .bool(rate.isPaced), "throttled": .bool(rate.isThrottled),
        ]
    }

    private static func messages(_ messages: MessageDemand) -> JSON {
        [
            "run": integer(messages.run), "busiest_day": integer(messages.busiestDay),
            "ready": integer(messages.ready), "drive": integer(messages.drive),
            "verify": integer(messages.verify), "permitted_per_day": integer(messages.permittedPerDay),
            "driven_per_day": integer(messages.drivenPerDay), "lasts_s": messages.lasts.map(seconds) ?? .null,
        ]
    }

    private static func phase(_ phase: PhaseEstimate) -> JSON {
        [
            "phase": .string(phase.phase.rawValue), "duration_s": phase.duration.map(seconds) ?? .null,
            "basis": .string(phase.basis.rawValue), "text": .string(phase.text),
        ]
    }
}
