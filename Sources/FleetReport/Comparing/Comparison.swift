public import FleetRunner

/// Several finished runs side by side; the first is the baseline.
public struct Comparison: Sendable {
    /// One of the runs.
    public struct Run: Sendable {
        /// Its folder.
        public var path: String
        /// What it found out, without its changes.
        public var result: RunResult
        /// What the local hub's process used; nil when there was none.
        public var hubUsage: LocalHubUsage?
        /// The value of each judged figure over the whole run, and its statistic by batch.
        var judged: [BatchBooks.Figure: Batches]
    }

    /// A judged figure of one run.
    struct Batches: Sendable {
        /// The statistic of each batch; nil when there are too few samples.
        var statistics: [Double]?
        /// What a batch can differ by without meaning anything.
        var resolution: Double
        /// The figure of the whole run, where that is no percentile.
        var whole: Double?
    }

    /// The runs, in the order asked for.
    public let runs: [Run]
    /// The figures, in the order of a report.
    let figures: [ComparedFigure]

    /// Reads runs and compares them with the first.
    /// - Parameter paths: run folders or their `summary.json`, at least one.
    /// - Throws: ``RunReadingError`` with file, line, what was found and what was expected, or the system's error.
    public init(reading paths: [String]) throws {
        self.init(try paths.map(Self.read))
    }

    init(_ runs: [Run]) {
        self.runs = runs
        figures = ComparedFigure.all(of: runs)
    }

    private static func read(_ path: String) throws -> Run {
        // Batches are made as the changes are read; a long run's changes are never all in memory.
        let books = Gathering()
        let stored = try StoredRun.read(path) { result in
            books.begin(driving: result.load.actualDuration)
            return { books.add($0) }
        }
        return books.run(stored.path, stored.result, stored.hubUsage)
    }

    static func run(
        _ path: String,
        _ result: RunResult,
        _ hubUsage: LocalHubUsage?,
        _ books: BatchBooks
    ) -> Run {
        var judged: [BatchBooks.Figure: Batches] = [:]
        for figure in ComparedFigure.judged {
            let whole: Double? = if case .latency = figure { nil } else { books.perSecond(figure) }
            judged[figure] = Batches(
                statistics: books.statistics(figure),
                resolution: books.resolution(figure),
                whole: whole
            )
        }
        return Run(path: path, result: result, hubUsage: hubUsage, judged: judged)
    }

    /// Whether all runs had the same devices, connections and schedule.
    public var isSameFleet: Bool { Set(runs.map(\.result.versions.fleetFingerprint)).count <= 1 }

    /// Whether a run asked for as many changes per second as the baseline, so that their rates can be compared; a share in a
    /// hundred is what an interruption makes.
    func isSameLoad(_ run: Int) -> Bool { Self.isSameLoad(runs[run].result, runs[0].result) }

    static func isSameLoad(_ one: RunResult, _ other: RunResult) -> Bool {
        let (asked, base) = (one.load.askedPerSecond, other.load.askedPerSecond)
        return abs(asked - base) <= 0.01 * max(asked, base)
    }

    /// That a run asked another load, in words.
    func otherLoad(_ run: Int) -> String {
        "run \(run + 1) was asked \(Format.rate(runs[run].result.load.askedPerSecond)), and run 1 "
            + "\(Format.rate(runs[0].result.load.askedPerSecond)), so how many a second were accepted and acknowledged is "
            + "not judged"
    }

    /// Judged figures of runs that are worse than the baseline's by more than noise, as places in `runs`.
    func runs(_ judgement: ComparedFigure.Judgement) -> [(figure: ComparedFigure, run: Int)] {
        figures.flatMap { figure in
            figure.cells.indices.filter { figure.cells[$0].judgement == judgement }.map { (figure, $0) }
        }
    }

    /// How many judged figures of a run differ from the baseline's by half or more without exceeding noise: its batches
    /// differ as much from each other.
    func scattered(_ run: Int) -> Int {
        figures.count { $0.cells[run].judgement == .same && abs($0.cells[run].share ?? 0) >= 0.5 }
    }

    /// The exit code: the runs behind the baseline must have passed, and be no worse than it.
    ///
    /// A run that is INVALID, the baseline included, outweighs one that was interrupted, and that one that failed or is
    /// worse: nothing can be said of it.
    public var exitCode: ExitCode {
        let codes = runs.dropFirst().map(\.result.exitCode)
        if runs.contains(where: { $0.result.verdict == .invalid }) { return .invalid }
        if codes.contains(.interrupted) { return .interrupted }
        return codes.contains(.fail) || !runs(.worse).isEmpty ? .fail : .pass
    }
}

/// Holds the books of a run while it is read.
private final class Gathering {
    private var books = BatchBooks(driving: 0)

    func begin(driving: Duration) {
        let (seconds, attoseconds) = driving.components
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        books = BatchBooks(driving: overflow ? .max : microseconds + attoseconds / 1_000_000_000_000)
    }

    func add(_ change: ChangeRecord) { books.add(change) }

    func run(_ path: String, _ result: RunResult, _ hubUsage: LocalHubUsage?) -> Comparison.Run {
        Comparison.run(path, result, hubUsage, books)
    }
}
