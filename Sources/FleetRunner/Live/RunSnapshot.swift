public import IoTHub

/// What a run looks like at one moment: told once a second from provisioning to verifying, and at each phase's end.
public struct RunSnapshot: Sendable {
    /// The fleet's name.
    public var fleetName: String
    /// The hub's host name, never with keys.
    public var hubHostName: String
    /// When the run began, in microseconds since 1970 UTC.
    public var startedEpochMicroseconds: Int64
    /// The phase under way, or the one that has just ended.
    public var phase: RunPhase
    /// How long the run has lasted.
    public var elapsed: Duration
    /// How long the phase has lasted.
    public var phaseElapsed: Duration
    /// How long the phase is to last; known for `drive` only.
    public var phasePlanned: Duration?
    /// How the devices fare now.
    public var devices = Devices()
    /// Changes since driving began.
    public var totals = Changes()
    /// Changes in the last second; zeros outside of driving and draining.
    public var perSecond = Changes()
    /// Connections that came back after a loss, in the whole run.
    public var reconnects = 0
    /// The transports that the fleet declares, in the order of `TransportType.allCases`.
    public var transports: [TransportView] = []
    /// The fleet by declared transport and connectivity: one group for each pair that there is.
    public var groups: [Group] = []
    /// Failures by reason, most frequent first.
    public var errors: [ErrorGroup] = []
    /// What this process uses.
    public var generator = Generator()

    /// Creates a snapshot of a run that has done nothing yet.
    public init(
        fleetName: String,
        hubHostName: String,
        startedEpochMicroseconds: Int64,
        phase: RunPhase,
        elapsed: Duration = .zero,
        phaseElapsed: Duration = .zero,
        phasePlanned: Duration? = nil
    ) {
        self.fleetName = fleetName
        self.hubHostName = hubHostName
        self.startedEpochMicroseconds = startedEpochMicroseconds
        self.phase = phase
        self.elapsed = elapsed
        self.phaseElapsed = phaseElapsed
        self.phasePlanned = phasePlanned
    }
}

extension RunSnapshot {
    /// How many devices have come how far.
    public struct Devices: Sendable, Hashable {
        /// Devices that the fleet file declares.
        public var declared = 0
        /// Devices connected now.
        public var connected = 0
        /// Devices that got ready.
        public var ready = 0
        /// Devices that will not get ready: refused by the hub, or not done in time.
        public var failed = 0

        /// Creates zeros.
        public init() {}
    }

    /// Counts of changes.
    public struct Changes: Sendable, Hashable {
        /// Due by the schedule.
        public var intended = 0
        /// Handed to the hub's API.
        public var sent = 0
        /// Taken by the hub.
        public var accepted = 0
        /// Refused by the hub.
        public var rejected = 0
        /// Seen by their device, live or by catching up.
        public var delivered = 0
        /// Echoed, and the echo acknowledged by the hub.
        public var acknowledged = 0
        /// Overtaken by a later version.
        public var superseded = 0
        /// Sent more than ten seconds ago, and neither refused nor overtaken nor seen by their device: lost, unless the
        /// device still sees them.
        public var overdue = 0
        /// Told to their device more than once.
        public var duplicated = 0
        /// Told to their device after a later version.
        public var outOfOrder = 0
        /// Versions by other writers.
        public var foreign = 0

        /// Sent and not settled.
        public var inFlight: Int { sent - rejected - delivered - superseded }

        /// Creates zeros.
        public init() {}
    }

    /// The devices of one declared transport, and their latencies over the last ten seconds.
    public struct TransportView: Sendable, Hashable {
        /// What the fleet file declares.
        public var transport: TransportType
        /// Devices that declare it.
        public var devices: Int
        /// Those that are connected now.
        public var connected: Int
        /// Intended to delivered.
        public var delivery = RecentPercentiles()
        /// Delivered to acknowledged.
        public var echo = RecentPercentiles()
        /// Intended to acknowledged.
        public var sync = RecentPercentiles()

        /// Creates a view without latencies.
        public init(transport: TransportType, devices: Int, connected: Int) {
            self.transport = transport
            self.devices = devices
            self.connected = connected
        }
    }

    /// The devices of one declared transport and connectivity, and what they did since driving began.
    public struct Group: Sendable, Hashable {
        /// What the fleet file declares.
        public var transport: TransportType
        /// What the devices report as `connectivity.type`; nil when they report none.
        public var connectivity: String?
        /// Devices in the group.
        public var devices: Int
        /// Those that are connected now.
        public var connected = 0
        /// Those that got ready.
        public var ready = 0
        /// Connections that came back after a loss.
        public var reconnects = 0
        /// Changes of the group.
        public var totals = Changes()
        /// Intended to delivered.
        public var delivery = LatencyBuckets()
        /// Delivered to acknowledged.
        public var echo = LatencyBuckets()
        /// Intended to acknowledged.
        public var sync = LatencyBuckets()

        /// Creates a group that has done nothing.
        public init(transport: TransportType, connectivity: String?, devices: Int) {
            self.transport = transport
            self.connectivity = connectivity
            self.devices = devices
        }
    }

    /// What this process uses.
    public struct Generator: Sendable, Hashable {
        /// CPU seconds, user and system, of the whole run.
        public var cpuSeconds = 0.0
        /// The share of all processors that it used since the snapshot before, 0 to 1.
        public var cpuShare = 0.0
        /// Resident memory, in bytes.
        public var residentBytes: Int64 = 0
        /// Processors that it may run on.
        public var processors = 1

        /// Creates zeros.
        public init() {}
    }
}
