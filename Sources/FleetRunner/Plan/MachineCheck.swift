import Fleet

/// Holds what a fleet needs of a machine against what the machine has.
struct MachineCheck {
    let needs: MachineNeeds
    let machine: MachineFacts

    var findings: [PlanFinding] { openFiles + sourcePorts + memory }

    // MARK: Open files

    private var openFiles: [PlanFinding] {
        let has = machine.hardOpenFiles
        // A local hub has the same limit and needs no more than the runner: a file a connection.
        let needed = max(needs.runner.openFiles, needs.localHub?.openFiles ?? 0)
        if needed > has {
            let files = needs.runner.openFiles - DeviceCost.fileReserve
            let possible =
                files > 0 ? Double(max(0, has - DeviceCost.fileReserve)) * Double(needs.devices) / Double(files) : 0
            return [
                PlanFinding(
                    .impossible,
                    "open files",
                    "too few open files: \(CountText.of(needs.devices, "device")) \(needs.devices == 1 ? "needs" : "need") \(CountText.of(needed)), this process may "
                        + "open \(CountText.of(has)). Raise "
                        + "the hard limit of this shell by the command (as root: ulimit -n \(needed); of a service: "
                        + "LimitNOFILE=\(needed); of a container: --ulimit nofile=\(needed)), or run at most "
                        + "\(CountText.of(Int(possible), "device")).",
                    commands: raise(to: needed)
                )
            ]
        }
        let fallen = needs.openFilesAfterFallback
        guard fallen > has else { return [] }
        return [
            PlanFinding(
                .note,
                "open files",
                "if TCP does not get through and devices with transport Mqtt or Amqp fall back to WebSockets, they need "
                    + "\(CountText.of(fallen)) files (three for each over MQTT), and \(CountText.of(has)) are allowed.",
                commands: raise(to: fallen)
            )
        ]
    }

    private func raise(to files: Int) -> [String] {
        let kernel = (machine.greatestOpenFiles ?? .max) < files ? ["sudo sysctl -w fs.nr_open=\(files)"] : []
        return kernel + ["sudo prlimit --pid $$ --nofile=\(files)"]
    }

    // MARK: Source ports

    /// The widest range: below it are the ports of the system's services.
    private static let widest = 1024...65_535

    private var sourcePorts: [PlanFinding] {
        let has = machine.sourcePorts.count
        let now = short(needs.connections, of: has, .impossible, "")
        if !now.isEmpty { return now }
        return short(
            needs.connectionsAfterFallback,
            of: has,
            .note,
            "if TCP does not get through and devices fall back to WebSockets, "
        )
    }

    private func short(
        _ connections: [HubService: Int],
        of has: Int,
        _ severity: PlanFinding.Severity,
        _ lead: String
    ) -> [PlanFinding] {
        HubService.allCases.compactMap { service in
            guard let needed = connections[service], needed > has else { return nil }
            let range = "\(machine.sourcePorts.lowerBound) to \(machine.sourcePorts.upperBound)"
            let fits = needed <= Self.widest.count
            return PlanFinding(
                severity,
                "source ports",
                "\(lead)\(CountText.of(needed)) connections go to the hub's \(service.rawValue) port, and this machine has "
                    + "\(CountText.of(has)) "
                    + "source ports for it (\(range)). "
                    + (fits
                        ? "Widen the range by the command."
                        : "No machine has more than \(CountText.of(Self.widest.count)): give some devices another protocol, or let "
                            + "AMQP devices share connections (amqp: { pool: 100 })."),
                commands: fits
                    ? [
                        "sudo sysctl -w net.ipv4.ip_local_port_range=\"\(Self.widest.lowerBound) "
                            + "\(Self.widest.upperBound)\""
                    ] : []
            )
        }
    }

    // MARK: Memory

    private var neededMemory: Int64 { needs.runner.memoryBytes + (needs.localHub?.memoryBytes ?? 0) }

    /// Whether there is not as much memory as is needed, with swapping either.
    var lacksMemory: Bool {
        machine.availableMemoryBytes.map { neededMemory - machine.freeSwapBytes > $0 } ?? false
    }

    private var memory: [PlanFinding] {
        guard let has = machine.availableMemoryBytes else { return [] }
        let needed = neededMemory
        guard needed > has else { return [] }
        let isHopeless = lacksMemory
        let whose = needs.localHub == nil ? "the run" : "run and local hub"
        return [
            PlanFinding(
                isHopeless ? .impossible : .limited,
                "memory",
                "\(whose) need about \(Self.megabytes(needed)) of memory, and \(Self.megabytes(has)) are available"
                    + (isHopeless ? "" : " without swapping, which ruins latencies")
                    + ". Run fewer devices or changes, let AMQP devices share connections (amqp: { pool: 100 }), or "
                    + "take a larger machine."
            )
        ]
    }

    private static func megabytes(_ bytes: Int64) -> String { "\(CountText.of((bytes + 1_048_575) / 1_048_576)) MB" }
}
