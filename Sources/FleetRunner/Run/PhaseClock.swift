import NIOConcurrencyHelpers

/// Times the phases of a run and tells the observer of them.
struct PhaseClock {
    private let start = RunClock.now()
    private let observer: RunObserver
    private(set) var results: [PhaseResult] = []
    private var current: (phase: RunPhase, start: Int64)?

    init(observer: @escaping RunObserver) { self.observer = observer }

    /// Begins a phase; a phase that was under way must have been finished.
    mutating func begin(_ phase: RunPhase, total: Int? = nil) {
        current = (phase, RunClock.now())
        observer(.phaseStarted(phase, total: total))
    }

    /// Ends the phase under way.
    mutating func finish(_ summary: String) {
        guard let (phase, began) = current else { return }
        current = nil
        let result = PhaseResult(
            phase: phase,
            start: .microseconds(began - start),
            duration: .microseconds(RunClock.now() - began),
            summary: summary
        )
        results.append(result)
        observer(.phaseFinished(result))
    }
}

/// Passes a phase's progress on, at most about ten times a second and always at its end.
final class PhaseProgress: Sendable {
    private let phase: RunPhase
    private let total: Int
    private let observer: RunObserver
    private let last = NIOLockedValueBox<Int64>(0)

    init(_ phase: RunPhase, total: Int, observer: @escaping RunObserver) {
        self.phase = phase
        self.total = total
        self.observer = observer
    }

    /// Tells how far the phase is.
    func report(done: Int, failed: Int) {
        let isDue = last.withLockedValue { last in
            let now = RunClock.now()
            guard done + failed >= total || now - last >= 100_000 else { return false }
            last = now
            return true
        }
        if isDue { observer(.phaseProgress(phase, done: done, total: total, failed: failed)) }
    }
}
