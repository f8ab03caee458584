public import Logging
public import TwinQuery

extension LocalHub {
    /// How a hub is set up.
    public struct Configuration: Sendable {
        /// The address to listen on; default: `127.0.0.1`.
        public var bindAddress = "127.0.0.1"
        /// The port for MQTT over TLS; 0 for any free one; default: 8883, the only one that Microsoft's SDKs know.
        public var mqttPort = 8883
        /// The port for AMQP over TLS; 0 for any free one; default: 5671, the only one that Microsoft's SDKs know.
        public var amqpPort = 5671
        /// The port for HTTPS, and for MQTT and AMQP over WebSockets; 0 for any free one; default: 443, the only one that
        /// Microsoft's SDKs know for WebSockets.
        public var httpsPort = 443
        /// The host name in connection strings; default: `localhost`.
        public var hostName = "localhost"
        /// More names and addresses for the server's certificate; default: none.
        public var certificateNames: [String] = []
        /// Shared access policies to have besides the hub's own five, at most 11; default: none.
        ///
        /// With a data folder they stay, and a policy that is given again keeps its keys.
        public var policies: [CustomPolicy] = []
        /// Certificate authorities that sign devices' certificates, at most 25; default: none.
        ///
        /// With a data folder they stay, and one that is given again under a name that is taken replaces the one before.
        public var certificateAuthorities: [DeviceAuthority] = []
        /// Whose access tokens the service API takes besides shared access signatures; default: nobody's.
        public var entra: EntraConfiguration?
        /// How much of the query language is let through; default: what a real IoT hub is known to accept.
        public var queryMode = QueryMode.strict
        /// Refuses devices' twin requests, as a real hub that throttles: for tests, since this hub has no quotas.
        var deviceThrottle: TwinRegistry.DeviceThrottle?
        /// The folder for identities, twins, sessions, certificate authorities and the policies' keys; nil, the default:
        /// they last as long as the hub.
        public var dataDirectory: String?
        /// Where the hub logs to; keys and tokens never are; default: nowhere.
        public var logger = Logger(label: "twinfleet.hub") { _ in SwiftLogNoOpLogHandler() }

        /// Makes the default configuration.
        public init() {}
    }
}
