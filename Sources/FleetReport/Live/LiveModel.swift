import FleetRunner

/// What the live view knows of a run.
struct LiveModel: Sendable {
    /// How far a phase of steps is.
    struct Steps: Sendable {
        var done: Int
        var total: Int
        var failed: Int
    }

    /// Seconds whose latencies are kept for the sparklines.
    private static let history = 300

    var phase = RunPhase.load
    var finished: [PhaseResult] = []
    var steps: Steps?
    var snapshot: RunSnapshot?
    /// Percentiles of `sync` in each second of driving, in microseconds, oldest first.
    var medians: [Int64?] = []
    var tails: [Int64?] = []
    /// What the verify phase waits for, in words.
    var waiting: String?
    /// What the user should know, oldest first.
    var notes: [String] = []

    mutating func take(_ progress: RunProgress) {
        switch progress {
        case .phaseStarted(let phase, let total):
            self.phase = phase
            steps = phase == .drive ? nil : total.map { Steps(done: 0, total: $0, failed: 0) }
            waiting = nil
        case .phaseProgress(_, let done, let total, let failed):
            steps = Steps(done: done, total: total, failed: failed)
        case .second(let row, _, _):
            medians = (medians + [row.syncP50Microseconds]).suffix(Self.history)
            tails = (tails + [row.syncP99Microseconds]).suffix(Self.history)
        case .queries(let agreed, let total, let elapsed, let patience):
            waiting = "\(Format.count(agreed)) of \(Format.count(total, "query", "queries")) agree"
            if agreed < total {
                waiting =
                    (waiting ?? "") + "; waiting for the hub's index, "
                    + "\(Format.duration(elapsed)) of \(Format.duration(patience))"
            }
        case .snapshot(let snapshot): self.snapshot = snapshot
        case .phaseFinished(let result): finished.append(result)
        case .note(let note): notes.append(note)
        }
    }
}
