/// What a run proves.
public enum Verdict: String, Sendable, CaseIterable {
    /// The asked load was delivered and every threshold held.
    case pass = "PASS"
    /// The load was delivered, and something that had to hold did not.
    case fail = "FAIL"
    /// The run says nothing about the hub: the load was not delivered or the books do not balance.
    case invalid = "INVALID"
}

/// One threshold and what came of it.
public struct ThresholdOutcome: Sendable, Hashable {
    /// The threshold as written in the fleet file, such as "delivery: p99 < 500ms".
    public var text: String
    /// Whether the fleet file asks for it; false for the ones that always apply ("lost: == 0").
    public var isDefault: Bool
    /// Whether it held.
    public var passed: Bool
    /// What was measured, with its unit, such as "3.21 ms", "4" or "no samples".
    public var observed: String
    /// What was measured: microseconds for latencies, a plain number for counters; nil without samples.
    public var observedValue: Double?
    /// The number of samples behind a latency; nil for counters.
    public var sampleCount: Int?
    /// What there is to say besides when it did not hold, such as the devices that it is about; empty for most.
    public var detail: String

    /// Creates an outcome.
    public init(
        text: String,
        isDefault: Bool,
        passed: Bool,
        observed: String,
        observedValue: Double?,
        sampleCount: Int?,
        detail: String = ""
    ) {
        self.text = text
        self.isDefault = isDefault
        self.passed = passed
        self.observed = observed
        self.observedValue = observedValue
        self.sampleCount = sampleCount
        self.detail = detail
    }
}
