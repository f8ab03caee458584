import Fleet

/// Everything a finished run found out.
public struct RunResult: Sendable {
    /// The fleet's name.
    public var fleetName: String
    /// The seed that the schedule and its values came from.
    public var seed: UInt64
    /// When the run began, in microseconds since 1970 UTC.
    public var startedEpochMicroseconds: Int64
    /// When driving began, in microseconds since 1970 UTC: the zero of all offsets in ``changes`` and ``timeline``.
    public var driveStartedEpochMicroseconds: Int64
    /// The hub's host name, never with keys.
    public var hubHostName: String
    /// What made this result.
    public var versions: Versions
    /// The phases that were begun, in order.
    public var phases: [PhaseResult]
    /// How the devices fared.
    public var devices: DeviceSummary
    /// The load that was asked for and what the hub took of it.
    public var load: LoadSummary
    /// Where every change ended.
    public var accounting: Accounting
    /// How the back end drove the hub.
    public var backEnd: BackEndSummary
    /// Latencies: overall, by declared transport, by the active one where devices have fallen back, by connectivity, by
    /// the tags that the fleet file names.
    public var latencies: [LatencyTable]
    /// What is known about the clocks behind `hub_to_device`.
    public var clocks: ClockEstimate
    /// Every threshold and what came of it.
    public var thresholds: [ThresholdOutcome]
    /// What the run proves.
    public var verdict: Verdict
    /// Why, one sentence each; empty only for ``Verdict/pass``.
    public var reasons: [String]
    /// Whether the user interrupted it.
    public var wasInterrupted: Bool
    /// Failures by reason, most frequent first.
    public var errors: [ErrorGroup]
    /// Twins that differ from what their device echoed.
    public var mismatches: [Mismatch]
    /// How many twins were compared.
    public var verifiedDevices: Int
    /// The fleet's queries and what the hub answered; empty without queries, or when the run ended before it drove.
    public var queries: [QueryOutcome]
    /// Devices that another writer changed during the run; at most the first 100.
    public var foreignDevices: [String]
    /// What the generator (this process) used.
    public var generator: GeneratorUsage
    /// One row per second of driving and draining.
    public var timeline: [TimelineRow]
    /// Every change that was sent, ordered by intended time.
    public var changes: ChangeLog

    /// Creates a result that says nothing yet: no phases, no changes, INVALID.
    public init(
        fleetName: String,
        seed: UInt64,
        startedEpochMicroseconds: Int64,
        hubHostName: String,
        versions: Versions
    ) {
        self.fleetName = fleetName
        self.seed = seed
        self.startedEpochMicroseconds = startedEpochMicroseconds
        driveStartedEpochMicroseconds = startedEpochMicroseconds
        self.hubHostName = hubHostName
        self.versions = versions
        phases = []
        devices = DeviceSummary()
        load = LoadSummary()
        accounting = Accounting()
        backEnd = BackEndSummary()
        latencies = []
        clocks = ClockEstimate(
            offsetMicroseconds: nil,
            boundMicroseconds: nil,
            explanation: "not estimated",
            hubToDeviceSamples: 0
        )
        thresholds = []
        verdict = .invalid
        reasons = []
        wasInterrupted = false
        errors = []
        mismatches = []
        verifiedDevices = 0
        queries = []
        foreignDevices = []
        generator = GeneratorUsage()
        timeline = []
        changes = ChangeLog([])
    }

    /// The exit code that tells this result to the shell.
    public var exitCode: ExitCode {
        if wasInterrupted { return .interrupted }
        switch verdict {
        case .pass: return .pass
        case .fail: return .fail
        case .invalid: return .invalid
        }
    }

    /// The overall histogram of one metric; nil without samples.
    public func overall(_ metric: LatencyMetric) -> LatencyHistogram? {
        latencies.first { $0.dimension == "overall" }?.groups.first?.histograms[metric]
    }
}

/// What made a result.
public struct Versions: Sendable, Hashable {
    /// This program's version.
    public var twinfleet: String
    /// The operating system and machine, such as "Linux 6.1.0 x86_64, 2 processors".
    public var machine: String
    /// A fingerprint of the expanded fleet, its connections, workload and seed (16 hexadecimal digits): equal ones have
    /// equal schedules.
    public var fleetFingerprint: String

    /// Creates a set of versions.
    public init(twinfleet: String, machine: String, fleetFingerprint: String) {
        self.twinfleet = twinfleet
        self.machine = machine
        self.fleetFingerprint = fleetFingerprint
    }
}

/// How the devices fared.
public struct DeviceSummary: Sendable, Hashable {
    /// Devices that the fleet file declares.
    public var declared = 0
    /// Identities that this run created.
    public var created = 0
    /// Identities that existed before.
    public var existing = 0
    /// Identities that this run removed again.
    public var removed = 0
    /// Devices that connected.
    public var connected = 0
    /// Devices that got ready.
    public var ready = 0
    /// Devices that never got ready, with the reason of each.
    public var notReady: [NotReadyDevice] = []
    /// Devices that had been ready and were not connected when all was over, with the reason of each.
    public var disconnected: [NotReadyDevice] = []
    /// Over what the devices of each declared transport reached the hub, or last did.
    public var transports: [TransportUse] = []

    /// Creates a summary of zeros.
    public init() {}
}

/// A device that never got ready, or was not connected at the end.
public struct NotReadyDevice: Sendable, Hashable {
    /// The device.
    public var deviceID: String
    /// Why, in words.
    public var reason: String

    /// Creates one.
    public init(deviceID: String, reason: String) {
        self.deviceID = deviceID
        self.reason = reason
    }
}

/// The load that was asked for and what the hub took of it.
public struct LoadSummary: Sendable, Hashable {
    /// Changes per second that the fleet file asks for; of an interrupted run, that it asked for until then.
    public var askedPerSecond = 0.0
    /// Changes per second that the hub accepted while driving.
    public var acceptedPerSecond = 0.0
    /// Changes of the whole schedule, asked for or not; nil when nothing was driven, or in a run of before this was told.
    public var plannedChanges: Int?
    /// How long driving was to last.
    public var plannedDuration: Duration = .zero
    /// How long driving lasted: shorter when interrupted, longer when the last changes were late.
    public var actualDuration: Duration = .zero
    /// 99th percentile, in microseconds, of how late the generator picked changes up from the schedule.
    public var scheduleLagP99Microseconds: Int64?
    /// Greatest such delay in microseconds.
    public var scheduleLagMaximumMicroseconds: Int64?
    /// 99th percentile, in microseconds, of how long after their intended time changes were sent: the lag, and what they
    /// waited for the answer to their device's change before or for a free request.
    public var sendDelayP99Microseconds: Int64?
    /// Greatest such delay in microseconds.
    public var sendDelayMaximumMicroseconds: Int64?

    /// The share of the asked load that the hub accepted, 0 to 1 (above 1 never); nil when nothing was asked.
    public var acceptedShare: Double? { askedPerSecond > 0 ? min(1, acceptedPerSecond / askedPerSecond) : nil }

    /// Creates a summary of zeros.
    public init() {}
}

/// How the back end drove the hub.
public struct BackEndSummary: Sendable, Hashable {
    /// Whether changes went out in bulk requests (`updateTwin` items of POST /devices) or one PATCH each.
    public var usedBulkUpdates = false
    /// Why, in words.
    public var explanation = ""
    /// Requests that carried changes.
    public var requests = 0
    /// Mean number of changes in one request.
    public var meanBatchSize = 0.0
    /// Greatest number of changes in one request.
    public var maximumBatchSize = 0
    /// Greatest number of requests in flight at once.
    public var maximumInFlight = 0
    /// Times that a twin had to be fetched to learn what had become of an update.
    public var resolutions = 0

    /// Creates a summary of zeros.
    public init() {}
}

/// What is known about the offset of the hub's clock from the devices'.
public struct ClockEstimate: Sendable, Hashable {
    /// Hub minus device, in microseconds; nil when it could not be estimated.
    public var offsetMicroseconds: Int64?
    /// The estimate is right within this many microseconds; nil when it could not be estimated.
    public var boundMicroseconds: Int64?
    /// How it was estimated, in words.
    public var explanation: String
    /// How many changes have a `hub_to_device` latency.
    public var hubToDeviceSamples: Int

    /// Creates an estimate.
    public init(offsetMicroseconds: Int64?, boundMicroseconds: Int64?, explanation: String, hubToDeviceSamples: Int) {
        self.offsetMicroseconds = offsetMicroseconds
        self.boundMicroseconds = boundMicroseconds
        self.explanation = explanation
        self.hubToDeviceSamples = hubToDeviceSamples
    }
}

/// Failures that have the same reason.
public struct ErrorGroup: Sendable, Hashable {
    /// The phase they happened in.
    public var phase: RunPhase
    /// The reason in words, without the parts that differ between devices.
    public var reason: String
    /// How often.
    public var count: Int
    /// The first devices it happened to, at most five.
    public var firstDevices: [String]

    /// Creates a group.
    public init(phase: RunPhase, reason: String, count: Int, firstDevices: [String]) {
        self.phase = phase
        self.reason = reason
        self.count = count
        self.firstDevices = firstDevices
    }
}

/// A property whose reported value differs from the desired one that the device echoed.
public struct Mismatch: Sendable, Hashable {
    /// The device.
    public var deviceID: String
    /// The property's path, such as "speed.type"; empty when the twin itself could not be read.
    public var path: String
    /// The desired value as JSON text.
    public var desired: String
    /// The reported value as JSON text; "nothing" when it is missing.
    public var reported: String

    /// Creates a mismatch.
    public init(deviceID: String, path: String, desired: String, reported: String) {
        self.deviceID = deviceID
        self.path = path
        self.desired = desired
        self.reported = reported
    }

    /// Whether it says that the twin could not be read, and not that it differs.
    public var isUnread: Bool { path.isEmpty }
}

extension [Mismatch] {
    /// What reading twins back has shown, such as "37 twins compared, 0 different, 2 could not be read".
    ///
    /// A twin counts once, however many of its properties differ.
    /// - Parameter compared: how many twins could be read.
    /// - Returns: the words.
    public func summary(compared: Int) -> String {
        let unread = count { $0.isUnread }
        let different = Set(lazy.filter { !$0.isUnread }.map(\.deviceID)).count
        return "\(CountText.of(compared, "twin")) compared, \(CountText.of(different)) different"
            + (unread > 0 ? ", \(CountText.of(unread)) could not be read" : "")
    }
}

/// What the generator (this process) used.
public struct GeneratorUsage: Sendable, Hashable {
    /// CPU seconds (user and system) of the whole run.
    public var cpuSeconds = 0.0
    /// CPU seconds of the drive phase.
    public var driveCPUSeconds = 0.0
    /// Processors this process may run on.
    public var processors = 1
    /// Greatest resident memory, in bytes.
    public var peakResidentBytes: Int64 = 0
    /// Growth of resident memory per device, in bytes, from before connecting until all were ready; nil below 200 devices.
    public var residentBytesPerDevice: Int64?
    /// Threads at the end of driving; nil when the run did not drive.
    public var threads: Int?
    /// Open files at the end of driving; nil when the run did not drive.
    public var openFiles: Int?

    /// Creates a usage of zeros.
    public init() {}
}
