/// What happened in one second of the run, counted from the start of driving.
public struct TimelineRow: Sendable, Hashable {
    /// The second: 0 is the first of the drive phase.
    public var second: Int
    /// Changes the schedule asked for in this second.
    public var intended = 0
    /// Changes handed to the hub's API in this second.
    public var sent = 0
    /// Changes the hub accepted in this second.
    public var accepted = 0
    /// Changes the hub refused in this second.
    public var rejected = 0
    /// Changes that reached their device in this second, live or by catching up.
    public var delivered = 0
    /// Echoes the hub acknowledged in this second.
    public var acknowledged = 0
    /// Changes sent and not yet settled at the end of this second.
    public var inFlight = 0
    /// Devices connected at the end of this second.
    public var connected = 0
    /// Connections that came back in this second after a loss.
    public var reconnects = 0
    /// Median `delivery` latency, in microseconds, of the changes delivered in this second; nil when there were none.
    public var deliveryP50Microseconds: Int64?
    /// 99th percentile of `delivery` in microseconds; nil when there were none.
    public var deliveryP99Microseconds: Int64?
    /// Median `sync` latency, in microseconds, of the echoes acknowledged in this second; nil when there were none.
    public var syncP50Microseconds: Int64?
    /// 99th percentile of `sync` in microseconds; nil when there were none.
    public var syncP99Microseconds: Int64?
    /// CPU seconds this process used in this second (user and system).
    public var cpuSeconds = 0.0
    /// Resident memory of this process at the end of this second, in bytes.
    public var residentBytes: Int64 = 0

    /// Creates a row of zeros.
    public init(second: Int) { self.second = second }
}
