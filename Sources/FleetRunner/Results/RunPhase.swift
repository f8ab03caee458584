/// The steps of a run, in order.
public enum RunPhase: String, Sendable, CaseIterable {
    /// Parse, validate and expand the fleet file; compute the schedule; check this machine's limits.
    case load
    /// Create the identities and tags that the hub lacks.
    case provision
    /// Open every device's connection, paced.
    case connect
    /// Twin GET answered, desired subscription acknowledged, first reported properties acknowledged.
    case ready
    /// The workload.
    case drive
    /// Wait for what is in flight.
    case drain
    /// Compare the hub's twins with what the devices echoed, and its answers to the fleet's queries with the fleet; clean
    /// up when asked to.
    case verify
}

/// How long one phase took.
public struct PhaseResult: Sendable, Hashable {
    /// Which phase.
    public var phase: RunPhase
    /// When it began, counted from the start of the run.
    public var start: Duration
    /// How long it took.
    public var duration: Duration
    /// What was done, in words, such as "20 created, 0 existing"; empty when there is nothing to say.
    public var summary: String

    /// When it was over, counted from the start of the run.
    public var end: Duration { start + duration }

    /// Creates a phase result.
    public init(phase: RunPhase, start: Duration, duration: Duration, summary: String) {
        self.phase = phase
        self.start = start
        self.duration = duration
        self.summary = summary
    }
}
