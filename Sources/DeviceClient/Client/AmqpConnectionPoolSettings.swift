/// Whether and how devices share AMQP connections.
///
/// Devices share when they agree in hub, port and TLS context. Each keeps a session of its own with its own token and links,
/// so that one that fails does not disturb the others; a connection that is lost takes all its devices with it, and each
/// reconnects.
///
/// Source: Azure IoT SDK for C#, `AmqpConnectionPoolSettings`.
public struct AmqpConnectionPoolSettings: Sendable, Hashable {
    /// Whether devices share connections.
    ///
    /// Default: false.
    public var pooling: Bool
    /// The most connections for all devices that share, 1 to 65,535; devices are spread over them evenly.
    ///
    /// For clients whose `ClientOptions.lane` is set it counts for each lane. IoT Hub takes up to 999 tokens, and with them
    /// devices, on a connection.
    ///
    /// Default: 100.
    public var maxPoolSize: Int

    /// Makes settings; by default devices do not share.
    public init(pooling: Bool = false, maxPoolSize: Int = 100) {
        self.pooling = pooling
        self.maxPoolSize = maxPoolSize
    }
}
