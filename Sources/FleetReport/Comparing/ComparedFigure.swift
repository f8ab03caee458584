import FleetRunner

/// A row of a comparison: a figure of every run, and what its difference from the baseline's means.
struct ComparedFigure: Sendable {
    /// What a difference means.
    enum Judgement: String, Sendable {
        /// Better than the baseline by more than noise.
        case better
        /// Worse than the baseline by more than noise.
        case worse
        /// Not different by more than noise.
        case same
        /// There are too few samples to say.
        case tooFewSamples = "too_few_samples"
    }

    /// The unit of the values.
    enum Unit: Sendable {
        case microseconds
        case perSecond
        case count
        case seconds
        case bytes
    }

    /// The figure of one run.
    struct Cell: Sendable {
        /// Nil when the run has none.
        var value: Double?
        /// The difference from the baseline as a share of it; nil for the baseline itself, and beside zero.
        var share: Double?
        /// The interval of the difference of the batches' means, as shares of the baseline's mean.
        var interval: ClosedRange<Double>?
        /// Nil for the baseline itself, and for figures that are only shown.
        var judgement: Judgement?
    }

    /// The name for people, such as "sync p99".
    var name: String
    /// The name for programs, with its unit, such as "sync_p99_us".
    var key: String
    var unit: Unit
    /// One for each run.
    var cells: [Cell]

    /// The figures whose differences are judged.
    static let judged: [BatchBooks.Figure] =
        [.accepted, .acknowledged]
        + LatencyMetric.allCases.flatMap { metric in
            BatchBooks.percents.map { BatchBooks.Figure.latency(metric, percent: $0) }
        }

    static func all(of runs: [Comparison.Run]) -> [ComparedFigure] {
        let present = judged.filter { figure in runs.contains { value(of: figure, in: $0) != nil } }
        var figures = [
            shown("asked per second", "asked_per_s", .perSecond, runs) { $0.result.load.askedPerSecond }
        ]
        for figure in present {
            figures.append(judge(figure, runs, of: present.count * max(1, runs.count - 1)))
            // Behind the last percentile of a latency its greatest value, which chance makes.
            guard case .latency(let metric, let percent) = figure, percent == BatchBooks.percents.last else { continue }
            figures.append(
                shown("\(metric.rawValue) max", "\(metric.rawValue)_max_us", .microseconds, runs) {
                    $0.result.overall(metric)?.maximumMicroseconds.map(Double.init)
                }
            )
        }
        return figures + counters(runs) + machine(runs)
    }

    private static func judge(_ figure: BatchBooks.Figure, _ runs: [Comparison.Run], of figures: Int) -> ComparedFigure
    {
        let (name, key, unit): (String, String, Unit) =
            switch figure {
            case .accepted: ("accepted per second", "accepted_per_s", .perSecond)
            case .acknowledged: ("acknowledged per second", "acknowledged_per_s", .perSecond)
            case .latency(let metric, let percent):
                ("\(metric.rawValue) p\(percent)", "\(metric.rawValue)_p\(percent)_us", .microseconds)
            }
        var row = shown(name, key, unit, runs) { value(of: figure, in: $0) }
        guard let base = runs.first?.judged[figure], row.cells.first?.value != nil else { return row }
        for index in runs.indices.dropFirst() where row.cells[index].value != nil {
            // A run that is asked for less does not do worse.
            if unit == .perSecond, !Comparison.isSameLoad(runs[index].result, runs[0].result) { continue }
            row.cells[index].judgement = .tooFewSamples
            guard let batches = runs[index].judged[figure], let statistics = batches.statistics,
                let baseline = base.statistics,
                let comparison = Noise.compare(
                    statistics,
                    with: baseline,
                    areTimes: unit == .microseconds,
                    figures: figures,
                    resolution: max(batches.resolution, base.resolution)
                )
            else { continue }
            row.cells[index].interval = comparison.shares
            row.cells[index].judgement =
                comparison.exceedsNoise ? (comparison.isLess == (unit == .perSecond) ? .worse : .better) : .same
        }
        return row
    }

    private static func value(of figure: BatchBooks.Figure, in run: Comparison.Run) -> Double? {
        guard case .latency(let metric, let percent) = figure else { return run.judged[figure]?.whole }
        return run.result.overall(metric)?.percentile(Double(percent)).map(Double.init)
    }

    private static func counters(_ runs: [Comparison.Run]) -> [ComparedFigure] {
        let counters: [(String, Bool, (RunResult) -> Int)] = [
            ("intended", true, \.accounting.intended), ("delivered", true, \.accounting.delivered),
            ("caught up", false, \.accounting.caughtUp), ("superseded", false, \.accounting.superseded),
            ("rejected", false, \.accounting.rejected), ("lost", true, \.accounting.lost),
            ("unacknowledged", false, \.accounting.unacknowledged), ("duplicated", false, \.accounting.duplicated),
            ("out of order", false, \.accounting.outOfOrder), ("reconnects", false, \.accounting.reconnects),
            ("errors", true, \.accounting.errors), ("devices ready", true, \.devices.ready),
            ("twins that differ", false, { $0.mismatches.count }),
            ("query mismatches", false, { $0.queries.reduce(0) { $0 + $1.mismatches } }),
        ]
        return counters.compactMap { name, isAlwaysShown, value in
            guard isAlwaysShown || runs.contains(where: { value($0.result) != 0 }) else { return nil }
            return shown(name, name.replacing(" ", with: "_"), .count, runs) { Double(value($0.result)) }
        }
    }

    private static func machine(_ runs: [Comparison.Run]) -> [ComparedFigure] {
        let figures: [(String, String, Unit, (Comparison.Run) -> Double?)] = [
            ("generator CPU, driving", "drive_cpu_s", .seconds, { $0.result.generator.driveCPUSeconds }),
            ("generator memory", "peak_resident_bytes", .bytes, { Double($0.result.generator.peakResidentBytes) }),
            ("local hub CPU", "local_hub_cpu_s", .seconds, { $0.hubUsage?.cpuSeconds }),
            (
                "local hub memory", "local_hub_peak_resident_bytes", .bytes,
                { ($0.hubUsage?.peakResidentBytes).map(Double.init) }
            ),
        ]
        return figures.compactMap { name, key, unit, value in
            runs.contains { value($0) != nil } ? shown(name, key, unit, runs, value) : nil
        }
    }

    private static func shown(
        _ name: String,
        _ key: String,
        _ unit: Unit,
        _ runs: [Comparison.Run],
        _ value: (Comparison.Run) -> Double?
    ) -> ComparedFigure {
        let values = runs.map(value)
        let base = values.first ?? nil
        let cells = values.enumerated().map { index, value in
            var cell = Cell(value: value)
            if index > 0, let base, let value, base > 0 { cell.share = (value - base) / base }
            return cell
        }
        return ComparedFigure(name: name, key: key, unit: unit, cells: cells)
    }

    /// A value of this figure for people.
    func text(_ value: Double?) -> String {
        guard let value, let whole = Int64(exactly: value.rounded()) else { return "-" }
        return switch unit {
        case .microseconds: Format.time(microseconds: whole)
        case .perSecond: Format.rate(value)
        case .count: Format.count(Int(clamping: whole))
        case .seconds: Format.seconds(value)
        case .bytes: Format.bytes(whole)
        }
    }

    /// A share with its sign for people, such as "+12.3 %".
    static func text(share: Double?) -> String {
        guard let share, share.isFinite else { return "" }
        return Format.signedPercent(share)
    }
}
