public import DeviceClient

/// Where the hub is and how to get in.
public struct HubEndpoint: Sendable {
    /// The back end's connection string: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`.
    ///
    /// Its host may carry a port for HTTPS; devices always use ``mqttPort`` and ``amqpPort``.
    public var connectionString: String
    /// A PEM file with the certificate authority to trust instead of the system's; nil for the system's.
    public var trustedCAFile: String?
    /// The port for MQTT over TLS; default 8883.
    public var mqttPort: Int
    /// The port for AMQP over TLS; default 5671.
    public var amqpPort: Int
    /// The authority that signs certificates of devices whose fleet file names none, and that the hub knows; nil when there
    /// are no such devices.
    public var authorityOfRun: DeviceCertificateAuthority?
    /// Whether the hub runs on this machine, so that both sides read the same wall clock.
    public var isOnThisMachine: Bool

    /// Creates an endpoint.
    public init(
        connectionString: String,
        trustedCAFile: String? = nil,
        mqttPort: Int = 8883,
        amqpPort: Int = 5671,
        authorityOfRun: DeviceCertificateAuthority? = nil,
        isOnThisMachine: Bool = false
    ) {
        self.connectionString = connectionString
        self.trustedCAFile = trustedCAFile
        self.mqttPort = mqttPort
        self.amqpPort = amqpPort
        self.authorityOfRun = authorityOfRun
        self.isOnThisMachine = isOnThisMachine
    }
}
