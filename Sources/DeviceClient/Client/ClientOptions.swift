public import Logging

/// What a device client needs beside its connection string; every setting has a default.
public struct ClientOptions: Sendable {
    /// The lane that the client runs on.
    ///
    /// Default: one of a shared set, dealt in turn.
    public var lane: Lane?
    /// The TLS context.
    ///
    /// Default: a shared one with the system's authorities, or one made from `trustedCAFile`.
    public var tls: DeviceTLS?
    /// A file with the certificate authorities to trust, in PEM; unused when `tls` is given.
    ///
    /// Default: the system's.
    public var trustedCAFile: String?
    /// The certificate of a device whose connection string says `x509=true`.
    ///
    /// Default: none.
    public var certificate: DeviceCertificate?
    /// The hub's port for MQTT, 1 to 65,535.
    ///
    /// Default: 8883.
    public var mqttPort = 8883
    /// The hub's port for AMQP, 1 to 65,535.
    ///
    /// Default: 5671.
    public var amqpPort = 5671
    /// The hub's port for WebSockets, which is its HTTPS port, 1 to 65,535.
    ///
    /// Default: 443.
    public var webSocketPort = 443
    /// Through which proxy WebSockets go; TCP goes straight to the hub.
    ///
    /// Default: what the environment says.
    public var proxy = ProxySetting.environment
    /// Longest wait for a connection below MQTT and AMQP (TCP, TLS, and the WebSocket's handshake) to one address, before
    /// the next address or transport is tried; above 0.
    ///
    /// Default: 15 seconds.
    public var connectTimeout: Duration = .seconds(15)
    /// Whether devices share AMQP connections; those with certificates never do.
    ///
    /// Default: each has its own.
    public var amqpConnectionPoolSettings = AmqpConnectionPoolSettings()
    /// The silence after which an AMQP hub shows that it is there, 1 to 3,600 seconds; after twice that the connection
    /// counts as lost. (Over MQTT `keepAlive` does this.)
    ///
    /// Default: 120 seconds.
    public var amqpIdleTimeout: Duration = .seconds(120)
    /// Where the hub is, looked up beforehand, so that a fleet does it once.
    ///
    /// Default: looked up for each connection.
    public var address: HostAddress?
    /// Longest silence before a ping over MQTT, 5 to 1,177 seconds.
    ///
    /// Default: 300 seconds.
    public var keepAlive: Duration = .seconds(300)
    /// Longest time for an operation, its retries included; above 0.
    ///
    /// Default: 240 seconds.
    public var operationTimeout: Duration = .seconds(240)
    /// How long a token that the client makes is good; at least 1 second.
    ///
    /// Default: 1 hour.
    public var sasTokenTimeToLive: Duration = .seconds(3600)
    /// The share of a token's life that is left when it is renewed; 0 to 1, both excluded.
    ///
    /// Default: 0.15.
    public var sasTokenRenewalShare = 0.15
    /// The digital twin model id (a DTMI) that the device announces.
    ///
    /// Default: none.
    public var modelID: String?
    /// What the device tells the hub about its software.
    ///
    /// Default: `twinfleet`.
    public var productInfo = "twinfleet"
    /// Where to log.
    ///
    /// Default: a logger named `twinfleet.device`.
    public var logger = Logger(label: "twinfleet.device")
    /// Most operations of a device that wait for an answer or a connection; above 0.
    ///
    /// Default: 1,000.
    public var maximumPendingOperations = 1000

    /// Makes options with the defaults.
    public init() {}

    /// The first setting that is out of its range, in words; nil when all are good.
    var problem: String? {
        if !(1...65_535).contains(mqttPort) { return "mqttPort \(mqttPort) is not between 1 and 65535" }
        if !(1...65_535).contains(amqpPort) { return "amqpPort \(amqpPort) is not between 1 and 65535" }
        if !(1...65_535).contains(webSocketPort) { return "webSocketPort \(webSocketPort) is not between 1 and 65535" }
        if connectTimeout <= .zero { return "connectTimeout \(connectTimeout) is not above 0" }
        if !(1...65_535).contains(amqpConnectionPoolSettings.maxPoolSize) {
            return "maxPoolSize \(amqpConnectionPoolSettings.maxPoolSize) is not between 1 and 65535"
        }
        if amqpIdleTimeout < .seconds(1) || amqpIdleTimeout > .seconds(3600) {
            return "amqpIdleTimeout \(amqpIdleTimeout) is not between 1 and 3600 seconds"
        }
        if keepAlive < .seconds(5) || keepAlive > .seconds(1177) {
            return "keepAlive \(keepAlive) is not between 5 and 1177 seconds"
        }
        if operationTimeout <= .zero { return "operationTimeout \(operationTimeout) is not above 0" }
        if sasTokenTimeToLive < .seconds(1) || sasTokenTimeToLive > .seconds(100 * 366 * 86_400) {
            return "sasTokenTimeToLive \(sasTokenTimeToLive) is not between 1 second and 100 years"
        }
        if !(sasTokenRenewalShare > 0 && sasTokenRenewalShare < 1) {
            return "sasTokenRenewalShare \(sasTokenRenewalShare) is not between 0 and 1"
        }
        if maximumPendingOperations < 1 { return "maximumPendingOperations \(maximumPendingOperations) is not above 0" }
        return nil
    }
}
