import FleetRunner

/// What a fleet needs of this machine, against what there is: part of a ``PlanPage``.
struct PlanMachinePage {
    let plan: FleetPlan

    /// Adds the section.
    func add(to page: inout Page) {
        let (needs, machine) = (plan.needs, plan.machine)
        page.heading(
            Format.left("this machine", 38) + PlanPage.columns(["needed", "there is"])
        )
        let ports = needs.connections.sorted { $0.key.rawValue < $1.key.rawValue }
        let files = max(needs.runner.openFiles, needs.localHub?.openFiles ?? 0)
        limit("open files of the run", needs.runner.openFiles, machine.hardOpenFiles, in: &page)
        if let hub = needs.localHub {
            limit("open files of the local hub", hub.openFiles, machine.hardOpenFiles, in: &page)
        }
        for (service, count) in ports {
            limit("source ports to the hub's \(service.rawValue) port", count, machine.sourcePorts.count, in: &page)
        }
        let memory = needs.runner.memoryBytes + (needs.localHub?.memoryBytes ?? 0)
        row(
            "memory" + (needs.localHub == nil ? "" : ", run and local hub"),
            [Format.bytes(memory), machine.availableMemoryBytes.map(Format.bytes) ?? "unknown"],
            lack: machine.availableMemoryBytes.map { memory <= $0 } ?? true ? "" : "TOO LITTLE",
            in: &page
        )
        row("processors", ["", Format.count(machine.processors)], lack: nil, in: &page)
        if machine.softOpenFiles < files, files <= machine.hardOpenFiles {
            page.line("  a run raises its soft limit of open files, \(Format.count(machine.softOpenFiles)), by itself")
        }
        page.line("")
        page.line(
            Format.left("  by carrier", 38)
                + PlanPage.columns(["devices", "connections", "files", "memory"])
        )
        for share in needs.shares {
            page.line(
                "    " + Format.left(share.carrier.rawValue, 34)
                    + PlanPage.columns([
                        Format.count(share.devices), Format.count(share.connections), Format.count(share.files),
                        Format.bytes(share.memoryBytes),
                    ])
            )
        }
        if needs.bookBytes >= 1_048_576 {
            page.line(
                "    " + Format.left("books of the changes", 34)
                    + PlanPage.columns(["", "", "", Format.bytes(needs.bookBytes)])
            )
        }
        addFallback(to: &page)
    }

    private func addFallback(to page: inout Page) {
        let count = plan.needs.shares.reduce(0) { $0 + $1.devicesWithChoice }
        guard count > 0 else { return }
        for piece in Page.pieces(
            of:
                "\(Format.count(count, "device")) of transport Mqtt or Amqp \(count == 1 ? "falls" : "fall") back to WebSockets where TCP does not get "
                + "through; then the run needs \(Format.count(plan.needs.openFilesAfterFallback)) open files.",
            width: page.width - 2
        ) { page.line("  " + piece) }
    }

    private func limit(_ name: String, _ needed: Int, _ has: Int, in page: inout Page) {
        row(name, [Format.count(needed), Format.count(has)], lack: needed <= has ? "" : "TOO FEW", in: &page)
    }

    /// A row with its verdict: what is wrong in capitals, nothing when all is well; nil for a row that cannot be wrong.
    private func row(_ name: String, _ values: [String], lack: String?, in page: inout Page) {
        let style = page.style
        let mark = lack.map { $0.isEmpty ? style.apply(.good, to: "  ok") : style.apply(.bad, to: "  " + $0) } ?? ""
        page.line("  " + Format.left(name, 36) + PlanPage.columns(values) + mark)
    }
}
