/// A fleet as its file describes it: every template expanded, every share dealt, every value checked.
public struct Fleet: Sendable {
    /// The path of the fleet file, as given.
    public var file: String
    /// The fleet's name: letters, digits, `-`, `_` and `.`, fit for the name of a folder.
    public var name: String
    /// The hub to run against.
    public var hub: HubSetting
    /// What all chance in a run comes from; default 1.
    public var seed: UInt64
    /// Connections per second to open; nil for the pace that the hub's tier permits.
    public var connectPerSecond: Double?
    /// How many devices share an AMQP connection, 1 to 995; nil when each has its own.
    ///
    /// Devices with certificates have their own in any case: only tokens can share one.
    public var amqpPool: Int?
    /// How long the workload drives.
    public var duration: Duration
    /// Every device, templates expanded, in the order of the file.
    public var devices: [FleetDevice]
    /// What changes, and how often.
    public var workload: [WorkloadItem]
    /// Conditions that the hub is asked for after driving; its answer must have the devices that they select here.
    public var queries: [DeviceCondition]
    /// What must hold for the verdict PASS.
    public var thresholds: [Threshold]
    /// Tag paths that latencies are also grouped by, such as "tags.location.plant".
    public var latencyTags: [String]

    /// Creates a fleet from its parts.
    public init(
        file: String,
        name: String,
        hub: HubSetting = HubSetting(),
        seed: UInt64 = 1,
        connectPerSecond: Double? = nil,
        amqpPool: Int? = nil,
        duration: Duration,
        devices: [FleetDevice],
        workload: [WorkloadItem],
        queries: [DeviceCondition] = [],
        thresholds: [Threshold] = [],
        latencyTags: [String] = []
    ) {
        self.file = file
        self.name = name
        self.hub = hub
        self.seed = seed
        self.connectPerSecond = connectPerSecond
        self.amqpPool = amqpPool
        self.duration = duration
        self.devices = devices
        self.workload = workload
        self.queries = queries
        self.thresholds = thresholds
        self.latencyTags = latencyTags
    }

    /// Whether some devices' certificates are signed by an authority that has to be made for the run.
    public var needsAuthorityOfRun: Bool { devices.contains { $0.auth.x509?.needsAuthorityOfRun == true } }

    /// The files of the authorities that the file names for devices' certificates, each once: a local hub must know them.
    public var deviceAuthorityFiles: [String] {
        Set(devices.compactMap { $0.auth.x509?.authority?.certificate }).sorted()
    }
}
