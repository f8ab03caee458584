/// The connection of a device as its lane knows it.
struct DeviceLink {
    var connection: (any DeviceConnection)?
    /// The same connection, when it is one over MQTT.
    var mosquitto: MosquittoConnection?
    var socket: Int32 = -1
    var socketID: LaneLoop.SocketID?
    /// What the lane watches the socket for.
    var interest: UInt32 = 0
    /// The TLS session to take up at the next connect.
    var session: TLSSession?
    /// The same connection, when it is one over AMQP.
    var amqp: AMQPDevice?
    /// Where the device has its AMQP connection, kept from an open to the end of what it began.
    var place: AMQPPlace?
    /// What the place's pool is for.
    var placeKey: AMQPPool.Key?
    /// Where the hub is, or the proxy in front of it, and which of the addresses is in use.
    var address: HostAddress?
    var addressIndex = 0
    /// Counts connects, so that a look-up that took too long is not mistaken for the one that is waited for.
    var attempt: UInt64 = 0
    /// When the way that is tried was begun.
    var wayBegan = ContinuousClock.now
    /// The TCP port that let this device wait in vain in this try.
    var silentPort: SilentPorts.Port?
    /// Whether the log has been told that the certificate ends soon.
    var hasWarnedOfEnd = false
    /// Whether the connection's news is being worked through further up the stack.
    var isWorking = false
}

/// The timers of a device.
enum TimerKind: Int, CaseIterable {
    /// The connection machine's.
    case machine
    /// The end of patience with one address, over MQTT.
    case connect
    /// The end of patience of those who wait for readiness.
    case opening
    /// The next look at MQTT's keep-alive.
    case keepAlive
    /// The next deadline of a request.
    case requests
    /// The token's renewal, or its end; with a certificate the next look at its end.
    case token
}
