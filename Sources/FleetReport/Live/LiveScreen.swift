import FleetRunner

/// The live view as lines: pure, so that every size of a terminal can be looked at.
///
/// What matters most stands first; a terminal with few rows loses what stands last.
struct LiveScreen {
    let model: LiveModel
    /// Addresses that belong to the run, such as its page's, by name.
    let links: [(name: String, address: String)]
    let columns: Int

    /// At most `rows` lines.
    func lines(rows: Int) -> [StyledLine] {
        let blocks = [header, addresses, devices, changes, latencies, sparklines, notes, errors, machine, footer]
            .filter { !$0.isEmpty }
        // Empty lines between the blocks are the first to go.
        let loose = blocks.joined(separator: [StyledLine()]).map(\.self)
        let lines = loose.count <= rows ? loose : blocks.flatMap(\.self)
        return Array(lines.prefix(max(rows, 0)))
    }

    // MARK: Where the run is

    private var header: [StyledLine] {
        var title = StyledLine("twinfleet", tone: .heading)
        if let snapshot = model.snapshot {
            title.add("  \(snapshot.fleetName)", tone: .heading)
            title.add("  on \(snapshot.hubHostName)", tone: .faint)
            let time = "elapsed \(Self.clock(snapshot.elapsed))" + remaining(snapshot)
            title.pad(to: max(title.count + 2, columns - time.count))
            title.add(time)
        }
        let long = phases(withTimes: true)
        return [title, long.count <= columns ? long : phases(withTimes: false), bar]
    }

    private func phases(withTimes: Bool) -> StyledLine {
        var line = StyledLine()
        for phase in RunPhase.allCases {
            if phase != .load { line.add("  ") }
            guard let result = model.finished.first(where: { $0.phase == phase }) else {
                line.add(phase.rawValue, tone: phase == model.phase ? .heading : .faint)
                continue
            }
            line.add(phase.rawValue, tone: .good)
            if withTimes { line.add(" \(Format.duration(result.duration))", tone: .faint) }
        }
        return line
    }

    private func remaining(_ snapshot: RunSnapshot) -> String {
        guard let planned = snapshot.phasePlanned, snapshot.phase == .drive else { return "" }
        return "  remaining \(Self.clock(max(.zero, planned - snapshot.phaseElapsed)))"
    }

    /// How far the phase is.
    private var bar: StyledLine {
        var line = StyledLine()
        if let snapshot = model.snapshot, snapshot.phase == .drive, let planned = snapshot.phasePlanned {
            let share = planned > .zero ? snapshot.phaseElapsed / planned : 1
            line.add(Self.bar(share, width: barWidth))
            line.add(" \(Self.clock(min(planned, snapshot.phaseElapsed))) of \(Self.clock(planned))")
        } else if let steps = model.steps, steps.total > 0 {
            line.add(Self.bar(Double(steps.done) / Double(steps.total), width: barWidth))
            line.add(" \(Format.count(steps.done)) of \(Format.count(steps.total))")
            if steps.failed > 0 { line.add(", \(Format.count(steps.failed)) failed", tone: .bad) }
            if let waiting = model.waiting { line.add("; \(waiting)") }
        } else {
            line.add(model.waiting ?? "")
        }
        return line
    }

    private var barWidth: Int { min(50, max(10, columns - 40)) }

    private static func bar(_ share: Double, width: Int) -> String {
        let full = Int(min(max(share, 0), 1) * Double(width))
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "]"
    }

    /// Such as `0:07`, `12:00` or `1:02:03`.
    private static func clock(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return seconds < 3600
            ? "\(seconds / 60):\(two(seconds % 60))"
            : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    // MARK: Devices and changes

    private var devices: [StyledLine] {
        guard let snapshot = model.snapshot else { return [] }
        let devices = snapshot.devices
        let isComplete = devices.connected == devices.declared
        return parts(
            "devices",
            [
                ("\(Format.count(devices.declared)) asked", nil),
                ("\(Format.count(devices.connected)) connected", isComplete ? .good : nil),
                ("\(Format.count(devices.ready)) ready", devices.ready == devices.declared ? .good : nil),
                ("\(Format.count(devices.failed)) failed", devices.failed > 0 ? .bad : .faint),
                (Format.count(snapshot.reconnects, "reconnect"), snapshot.reconnects > 0 ? .doubtful : .faint),
            ]
        )
    }

    /// A label and figures behind each other, for half a figure misleads: those that do not fit go on in a second line, and
    /// what does not fit there is left out.
    private func parts(_ label: String, _ parts: [(text: String, tone: Style.Tone?)]) -> [StyledLine] {
        let gap = columns < 60 ? "  " : "   "
        var lines = [StyledLine(Format.left(label, Self.labelWidth), tone: .heading)]
        var isFirst = true
        for part in parts {
            if !isFirst, lines[lines.count - 1].count + gap.count + part.text.count > columns {
                if lines.count == 2 { return lines }
                lines.append(StyledLine(Format.left("", Self.labelWidth)))
                isFirst = true
            }
            lines[lines.count - 1].add(isFirst ? "" : gap)
            lines[lines.count - 1].add(part.text, tone: part.tone)
            isFirst = false
        }
        return lines
    }

    private typealias Column = (title: String, count: @Sendable (RunSnapshot.Changes) -> Int, tone: Style.Tone?)

    private static let counts: [Column] = [
        ("asked", { $0.intended }, nil), ("delivered", { $0.delivered }, nil),
        ("acknowledged", { $0.acknowledged }, nil),
        ("in flight", { $0.inFlight }, nil), ("overdue", { $0.overdue }, .bad), ("rejected", { $0.rejected }, .bad),
        ("superseded", { $0.superseded }, .doubtful), ("sent", { $0.sent }, nil),
    ]
    /// What is under way or late now: it has no rate that would tell anything.
    private static let states: Set<String> = ["in flight", "overdue"]

    private var changes: [StyledLine] {
        guard let snapshot = model.snapshot, [.drive, .drain, .verify].contains(snapshot.phase) else { return [] }
        let shown = Self.counts.prefix(max(1, (columns - Self.labelWidth) / Self.figureWidth))
        var titles = StyledLine(Format.left("changes", Self.labelWidth), tone: .heading)
        var rates = StyledLine(Format.left("  per second", Self.labelWidth))
        var totals = StyledLine(Format.left("  in all", Self.labelWidth))
        for column in shown {
            titles.add(Format.right(column.title, Self.figureWidth), tone: .faint)
            let rate = Self.states.contains(column.title) ? 0 : column.count(snapshot.perSecond)
            let total = column.count(snapshot.totals)
            rates.add(
                Format.right(Self.states.contains(column.title) ? "" : Format.count(rate), Self.figureWidth),
                tone: rate > 0 ? column.tone : nil
            )
            totals.add(Format.right(Format.count(total), Self.figureWidth), tone: total > 0 ? column.tone : nil)
        }
        return [titles, rates, totals]
    }

    // MARK: Latencies

    private var latencies: [StyledLine] {
        guard let snapshot = model.snapshot, !changes.isEmpty else { return [] }
        let figures: [(String, (RunSnapshot.TransportView) -> Int64?)] = [
            ("sync p50", { $0.sync.p50 }), ("p99", { $0.sync.p99 }), ("delivery p50", { $0.delivery.p50 }),
            ("p99", { $0.delivery.p99 }), ("echo p50", { $0.echo.p50 }), ("p99", { $0.echo.p99 }),
        ]
        let names = snapshot.transports.map { "  \($0.transport) \(Format.count($0.connected))" }
        let title = "latency, last 10 s"
        let nameWidth = (names + [title]).reduce(0) { max($0, $1.count) } + 1
        let shown = figures.prefix(max(0, (columns - nameWidth) / Self.latencyWidth))
        var titles = StyledLine(Format.left(title, nameWidth), tone: .heading)
        for (title, _) in shown { titles.add(Format.right(title, Self.latencyWidth), tone: .faint) }
        return [titles]
            + zip(names, snapshot.transports).map { name, view in
                var line = StyledLine(Format.left(name, nameWidth))
                for (_, figure) in shown {
                    line.add(Format.right(Format.time(microseconds: figure(view)), Self.latencyWidth))
                }
                return line
            }
    }

    private var sparklines: [StyledLine] {
        let values = (model.medians + model.tails).compactMap(\.self)
        guard let least = values.min(), let greatest = values.max() else { return [] }
        let scale = "  \(Format.time(microseconds: least)) to \(Format.time(microseconds: greatest))"
        let width = max(10, columns - Self.labelWidth - scale.count)
        return [("sync p99", model.tails), ("sync p50", model.medians)].map { name, values in
            var line = StyledLine(Format.left("  \(name)", Self.labelWidth))
            line.add(Sparkline.draw(values, range: least...greatest, width: width), tone: .good)
            if name == "sync p99" { line.add(scale, tone: .faint) }
            return line
        }
    }

    // MARK: What is wrong, and what it costs

    private var errors: [StyledLine] {
        guard let errors = model.snapshot?.errors, !errors.isEmpty else { return [] }
        let count = errors.reduce(0) { $0 + $1.count }
        var title = StyledLine(Format.left("errors", Self.labelWidth), tone: .heading)
        title.add(Format.count(count), tone: .bad)
        return [title]
            + errors.prefix(5).map { group in
                StyledLine(
                    "  \(Format.right(Format.count(group.count), 7))  \(group.phase.rawValue): \(group.reason)"
                )
            }
    }

    private var notes: [StyledLine] {
        model.notes.suffix(3).map { note in
            var line = StyledLine("note  ", tone: .doubtful)
            line.add(note)
            return line
        }
    }

    private var machine: [StyledLine] {
        guard let generator = model.snapshot?.generator else { return [] }
        let processors = Format.count(generator.processors, "processor")
        return parts(
            "this process",
            [
                // Where it becomes the bottleneck, the figures are its own and not the hub's.
                (
                    "CPU \(Format.percent(generator.cpuShare)) of \(processors)",
                    generator.cpuShare > 0.8 ? .bad : nil
                ), ("memory \(Format.bytes(generator.residentBytes))", nil),
            ]
        )
    }

    /// They are to be copied, so nothing of them may be cut off.
    private var addresses: [StyledLine] {
        links.flatMap { link in
            let line = "\(link.name)  \(link.address)"
            guard line.count > columns else { return [StyledLine(line)] }
            return [StyledLine(link.name)] + Page.pieces(of: link.address, width: columns).map { StyledLine($0) }
        }
    }

    private var footer: [StyledLine] {
        [StyledLine("Ctrl-C ends the workload and still reports; once more stops at once", tone: .faint)]
    }

    private static let labelWidth = 14
    private static let figureWidth = 13
    private static let latencyWidth = 13
}
