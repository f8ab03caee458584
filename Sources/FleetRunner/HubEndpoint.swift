public import DeviceClient
public import Fleet
import IoTHub

/// Where the hub is and how to get in.
public struct HubEndpoint: Sendable {
    /// How the back end gets in.
    public enum Access: Sendable {
        /// By `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`; the host may carry a port for HTTPS.
        case connectionString(String)
        /// By tokens of Microsoft Entra ID; the host may carry a port for HTTPS.
        case entra(host: String, EntraSetting)
    }

    /// How the back end gets in; devices always use the ports below.
    public var access: Access
    /// A PEM file with the certificate authority to trust instead of the system's; nil for the system's.
    public var trustedCAFile: String?
    /// The port for MQTT over TLS; default 8883.
    public var mqttPort: Int
    /// The port for AMQP over TLS; default 5671.
    public var amqpPort: Int
    /// The port for devices' WebSockets; default 443.
    public var webSocketPort: Int
    /// The proxy for devices' WebSockets; default that of the environment.
    public var proxy: HubSetting.Proxy
    /// The authority that signs certificates of devices whose fleet file names none, and that the hub knows; nil when there
    /// are no such devices.
    public var authorityOfRun: DeviceCertificateAuthority?
    /// Whether the hub runs on this machine, so that both sides read the same wall clock.
    public var isOnThisMachine: Bool

    /// Creates an endpoint.
    public init(
        access: Access,
        trustedCAFile: String? = nil,
        mqttPort: Int = 8883,
        amqpPort: Int = 5671,
        webSocketPort: Int = 443,
        proxy: HubSetting.Proxy = .environment,
        authorityOfRun: DeviceCertificateAuthority? = nil,
        isOnThisMachine: Bool = false
    ) {
        self.access = access
        self.trustedCAFile = trustedCAFile
        self.mqttPort = mqttPort
        self.amqpPort = amqpPort
        self.webSocketPort = webSocketPort
        self.proxy = proxy
        self.authorityOfRun = authorityOfRun
        self.isOnThisMachine = isOnThisMachine
    }

    /// The ports that devices of a transport try.
    func ports(of transport: TransportType) -> [Int] {
        switch transport {
        case .mqtt: [mqttPort, webSocketPort]
        case .mqttTcpOnly: [mqttPort]
        case .amqp: [amqpPort, webSocketPort]
        case .amqpTcpOnly: [amqpPort]
        case .mqttWebSocketOnly, .amqpWebSocketOnly, .http1: [webSocketPort]
        }
    }
}
