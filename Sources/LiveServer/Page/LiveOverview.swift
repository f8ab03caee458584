/// What the page shows of a run or of a hub as a whole; as large for ten devices as for ten thousand.
public struct LiveOverview: Sendable, Hashable {
    /// What is watched.
    public enum Source: String, Sendable, Hashable {
        case run
        case hub
    }

    /// A number with its name.
    public struct Count: Sendable, Hashable {
        /// What is counted.
        public var name: String
        /// How many.
        public var count: Int

        /// Makes a count.
        public init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// Something that happens again and again.
    public struct Rate: Sendable, Hashable {
        /// What happens.
        public var name: String
        /// In the last second.
        public var perSecond: Int
        /// Since the beginning.
        public var total: Int

        /// Makes a rate.
        public init(_ name: String, perSecond: Int, total: Int) {
            self.name = name
            self.perSecond = perSecond
            self.total = total
        }
    }

    /// A latency over the last seconds, in microseconds; nil without samples.
    public struct Latency: Sendable, Hashable {
        /// Which devices, such as those of a transport.
        public var name: String
        /// Which latency, such as `sync`.
        public var measure: String
        /// Samples.
        public var count: Int
        /// The median.
        public var p50: Int64?
        /// What 90 % do not exceed.
        public var p90: Int64?
        /// What 99 % do not exceed.
        public var p99: Int64?
        /// The longest.
        public var maximum: Int64?

        /// Makes a latency without samples.
        public init(_ name: String, measure: String, count: Int = 0) {
            self.name = name
            self.measure = measure
            self.count = count
        }
    }

    /// Connections of a kind, now.
    public struct Connections: Sendable, Hashable {
        /// The kind, such as a transport.
        public var name: String
        /// Connections that stand.
        public var connected: Int
        /// How many there shall be; nil when nobody knows.
        public var expected: Int?

        /// Makes a row.
        public init(_ name: String, connected: Int, expected: Int? = nil) {
            self.name = name
            self.connected = connected
            self.expected = expected
        }
    }

    /// The part of a run that is on.
    public struct Phase: Sendable, Hashable {
        /// The phase's name, such as `drive`.
        public var name: String
        /// Since it began.
        public var seconds: Double
        /// How long it shall take; nil when nobody knows.
        public var plannedSeconds: Double?

        /// Makes a phase.
        public init(_ name: String, seconds: Double, plannedSeconds: Double? = nil) {
            self.name = name
            self.seconds = seconds
            self.plannedSeconds = plannedSeconds
        }
    }

    /// How a run has ended.
    public struct Outcome: Sendable, Hashable {
        /// `PASS`, `FAIL`, `INVALID`, or a word for a run without a verdict.
        public var verdict: String
        /// Whether the run was interrupted, so that its verdict says little.
        public var isInterrupted = false
        /// Why, one line each.
        public var reasons: [String]
        /// How the changes have ended, by the names of `summary.json`.
        public var accounting: [Count]
        /// The folder with the run's files; nil when there is none.
        public var folder: String?

        /// Makes an outcome.
        public init(verdict: String, reasons: [String], accounting: [Count] = [], folder: String? = nil) {
            self.verdict = verdict
            self.reasons = reasons
            self.accounting = accounting
            self.folder = folder
        }
    }

    /// What is watched.
    public var source: Source
    /// The fleet's name, or what else is watched.
    public var title: String
    /// The hub's address.
    public var hubHostName: String
    /// When it began, since 1970.
    public var startedEpochMicroseconds: Int64
    /// Since it began.
    public var elapsedSeconds: Double
    /// Nil for a hub.
    public var phase: Phase?
    /// Devices by what they have come to.
    public var devices: [Count] = []
    /// In the order of the chart's colours.
    public var rates: [Rate] = []
    /// Each measure of each kind of devices.
    public var latencies: [Latency] = []
    /// By kind, in the order of the chart's colours.
    public var connections: [Connections] = []
    /// Changes on their way; nil when nobody counts them.
    public var inFlight: Int?
    /// Totals that are neither.
    public var counters: [Count] = []
    /// By reason, most frequent first.
    public var errors: [Count] = []
    /// What this program takes of the machine, from 0 to 1; nil when nobody measures it.
    public var cpuShare: Double?
    /// Nil when nobody measures it.
    public var residentBytes: Int64?
    /// Nil until the run has ended.
    public var outcome: Outcome?

    /// Makes an overview without numbers.
    public init(
        source: Source,
        title: String,
        hubHostName: String,
        startedEpochMicroseconds: Int64,
        elapsedSeconds: Double = 0
    ) {
        self.source = source
        self.title = title
        self.hubHostName = hubHostName
        self.startedEpochMicroseconds = startedEpochMicroseconds
        self.elapsedSeconds = elapsedSeconds
    }
}
