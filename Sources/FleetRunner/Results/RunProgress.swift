/// What a run tells while it runs; delivered in order, one at a time, off the measuring threads.
public enum RunProgress: Sendable {
    /// A phase began; `total` is the number of steps it has (devices, seconds for `drive`), nil when unknown.
    case phaseStarted(RunPhase, total: Int?)
    /// A phase moved on: `done` of `total` steps, of which `failed` failed. At most about ten a second.
    case phaseProgress(RunPhase, done: Int, total: Int, failed: Int)
    /// One second of driving (or draining) is over.
    case second(TimelineRow, elapsed: Duration, planned: Duration)
    /// The hub was asked a query of the fleet: so many of all agree by now. Those that do not are asked again until
    /// `patience` is over, since the hub's index may lag. `pagesPerSecond` is the pace that the hub's tier sets, nil for none.
    case queries(agreed: Int, total: Int, elapsed: Duration, patience: Duration, pagesPerSecond: Double?)
    /// What the run looks like: once a second from provisioning to verifying, and at each phase's end.
    case snapshot(RunSnapshot)
    /// A phase is over.
    case phaseFinished(PhaseResult)
    /// Something the user should know now, such as a batch that is being retried. One line, no full stop.
    case note(String)
}

/// Takes what a run tells; called from one thread at a time and expected to return soon.
public typealias RunObserver = @Sendable (RunProgress) -> Void
