/// Which hub a fleet runs against.
public struct HubSetting: Sendable, Hashable {
    /// Where the hub is, and how the back end gets in.
    public enum Address: Sendable, Hashable {
        /// The built-in hub, started for the run on free loopback ports.
        case local
        /// A hub by the connection string of a shared access policy, secret included; the host may carry a port.
        case connection(String)
        /// A hub by its host, which may carry a port, with tokens of Microsoft Entra ID.
        case entra(host: String, EntraSetting)
    }

    /// How devices with a WebSocket find their proxy.
    public enum Proxy: Sendable, Hashable {
        /// By the variables `https_proxy` and `no_proxy`.
        case environment
        /// There is none to go through.
        case direct
        /// By its URL, which may have a name and a password in it.
        case url(String)
    }

    /// Where the hub is; default the built-in one.
    public var address: Address
    /// A PEM file with the certificate authority to trust instead of the system's; nil for the system's.
    public var caFile: String?
    /// The port for MQTT over TLS; default 8883.
    public var mqttPort: Int
    /// The port for AMQP over TLS; default 5671.
    public var amqpPort: Int
    /// The port for devices' WebSockets: that of HTTPS; default 443.
    public var webSocketPort: Int
    /// The proxy for devices' WebSockets; default that of the environment.
    public var proxy: Proxy
    /// The tier whose limits pace the run; nil for none.
    public var tier: HubTier?
    /// Units of the tier, from 1; default 1.
    public var units: Int

    /// Creates a setting; without arguments it is the built-in hub.
    public init(
        address: Address = .local,
        caFile: String? = nil,
        mqttPort: Int = 8883,
        amqpPort: Int = 5671,
        webSocketPort: Int = 443,
        proxy: Proxy = .environment,
        tier: HubTier? = nil,
        units: Int = 1
    ) {
        self.address = address
        self.caFile = caFile
        self.mqttPort = mqttPort
        self.amqpPort = amqpPort
        self.webSocketPort = webSocketPort
        self.proxy = proxy
        self.tier = tier
        self.units = units
    }
}

/// A tier of Azure IoT Hub.
public enum HubTier: String, Sendable, Hashable, CaseIterable {
    /// Free.
    case f1 = "F1"
    /// Basic 1.
    case b1 = "B1"
    /// Basic 2.
    case b2 = "B2"
    /// Basic 3.
    case b3 = "B3"
    /// Standard 1.
    case s1 = "S1"
    /// Standard 2.
    case s2 = "S2"
    /// Standard 3.
    case s3 = "S3"

    /// The most units that a hub of the tier can have.
    ///
    /// Source: Azure IoT Hub documentation, "Choose the right IoT Hub tier and size for your solution" and "Reference - IoT
    /// Hub quotas and throttling".
    public var maximumUnits: Int {
        switch self {
        case .f1: 1
        case .b1, .b2, .s1, .s2: 200
        case .b3, .s3: 10
        }
    }
}
