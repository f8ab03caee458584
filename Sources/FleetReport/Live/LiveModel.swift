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

    /// How far the hub's answers to queries are, in words; nil for other progress.
    static func queries(_ progress: RunProgress) -> String? {
        guard case .queries(let agreed, let total, let elapsed, let patience, let pace) = progress else { return nil }
        let text = "\(Format.count(agreed)) of \(Format.count(total, "query agrees", "queries agree"))"
        guard agreed < total else { return text }
        if let pace {
            let pages = Format.count(Int(clamping: Int64((min(pace, 1e6) * 60).rounded())), "page")
            return "\(text); asking for \(pages) a minute, as the tier permits, \(Format.duration(elapsed))"
        }
        return "\(text); waiting for the hub's index, \(Format.duration(elapsed)) of \(Format.duration(patience))"
    }

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
        case .queries: waiting = Self.queries(progress)
        case .snapshot(let snapshot): self.snapshot = snapshot
        case .phaseFinished(let result): finished.append(result)
        case .note(let note): notes.append(note)
        }
    }
}
