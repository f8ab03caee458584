public import IoTHub

/// A device of an IoT hub: it reads its twin, reports properties, and hears of desired ones.
///
/// Its executor is a lane, so closures that get an `isolated DeviceClient` run there and must not block. An opened client
/// stays connected, and in memory, until `close`.
public actor DeviceClient {
    /// The answer to a report: the new reported `$version`, or why there is none.
    public typealias ReportCompletion = @Sendable (isolated DeviceClient, Result<Int64, DeviceClientError>) -> Void
    /// A handler of desired properties on the lane.
    public typealias DesiredPropertyHandler = @Sendable (isolated DeviceClient, DesiredPropertyUpdate) -> Void
    /// A handler of connection-status changes on the lane.
    public typealias ConnectionStatusHandler = @Sendable (ConnectionStatus, ConnectionStatusChangeReason) -> Void

    /// Who waits for the answer to a request.
    enum TwinReply: Sendable {
        case report(ReportCompletion)
        case twin(CheckedContinuation<TwinAnswer, any Error>)
        /// The client itself, which catches up.
        case catchUp
    }

    /// The device's id.
    public nonisolated let deviceID: String
    /// How the device reaches the hub.
    public nonisolated let transport: TransportType

    nonisolated let setup: DeviceSetup
    nonisolated let lane: Lane
    /// How many AMQP connections the lane's devices may share; 0 when this one does not share.
    nonisolated let poolShare: Int
    var machine = ConnectionMachine()
    var pending: PendingRequests<TwinRequest, TwinReply>
    var tracker = DesiredTracker<TwinCollection>()
    var choice: TransportChoice
    var link = DeviceLink()
    var timers: [LaneLoop.TimerID?] = Array(repeating: nil, count: TimerKind.allCases.count)
    /// Those who wait for readiness.
    var waiters: [UInt64: Waiter] = [:]
    var lastWaiter: UInt64 = 0
    /// What the timer for requests is set to, while it runs.
    var nextExpiry: ContinuousClock.Instant?
    var desiredHandler: DesiredPropertyHandler?
    /// The stream behind the asynchronous callback.
    var desiredUpdates: AsyncStream<DesiredPropertyUpdate>.Continuation?
    var statusHandler: ConnectionStatusHandler?

    /// The lane.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    init(setup: DeviceSetup, transport: TransportType, lane: Lane, poolShare: Int) {
        deviceID = setup.deviceID
        self.transport = transport
        self.setup = setup
        self.lane = lane
        self.poolShare = poolShare
        choice = TransportChoice(transport)
        pending = PendingRequests(limit: setup.options.maximumPendingOperations)
    }

    /// Makes a client; nothing is sent before `open`.
    /// - Parameters:
    ///   - connectionString: a device's or a module's, with a key, a token, or `x509=true`.
    ///   - transport: how to reach the hub; `Mqtt` and `Amqp` try TCP, and where that does not get through a WebSocket.
    ///   - options: all else.
    /// - Returns: the client.
    /// - Throws: `DeviceClientError` with `invalidArgument` or `notSupported` that says what is wrong.
    public static func create(
        connectionString: String,
        transport: TransportType = .mqtt,
        options: ClientOptions = ClientOptions()
    ) throws(DeviceClientError) -> DeviceClient {
        try DeviceSetup.check(transport)
        return try make(try DeviceSetup(connectionString: connectionString, options: options), transport)
    }

    /// Makes a client of a device that authenticates with a certificate; nothing is sent before `open`.
    /// - Parameters:
    ///   - hostName: the hub's, such as `myhub.azure-devices.net`.
    ///   - authenticationMethod: the device and its certificate.
    ///   - transport: how to reach the hub.
    ///   - options: all else.
    /// - Returns: the client.
    /// - Throws: `DeviceClientError` with `invalidArgument` or `notSupported` that says what is wrong.
    public static func create(
        hostName: String,
        authenticationMethod: DeviceAuthenticationWithX509Certificate,
        transport: TransportType = .mqtt,
        options: ClientOptions = ClientOptions()
    ) throws(DeviceClientError) -> DeviceClient {
        try DeviceSetup.check(transport)
        let setup = try DeviceSetup(hostName: hostName, method: authenticationMethod, options: options)
        return try make(setup, transport)
    }

    static func make(_ setup: DeviceSetup, _ transport: TransportType) throws(DeviceClientError) -> DeviceClient {
        var setup = setup
        if transport.alternatives.contains(where: \.isWebSocket) { try setup.findProxy() }
        let options = setup.options
        let pool = options.amqpConnectionPoolSettings
        let lane: Lane
        // A certificate is shown once for the whole connection, so it cannot carry other devices.
        let mayShare = transport.isAMQP && pool.pooling && setup.credential.certificate == nil
        var poolShare = mayShare ? pool.maxPoolSize : 0
        if let chosen = options.lane {
            lane = chosen
        } else if poolShare > 0 {
            (lane, poolShare) = try SharedLanes.next(poolSize: poolShare)
        } else {
            lane = try SharedLanes.next()
        }
        return DeviceClient(setup: setup, transport: transport, lane: lane, poolShare: poolShare)
    }

    // MARK: Connection

    /// Whether the device is connected.
    public var connectionStatus: ConnectionStatus { machine.status }

    /// Which of the transports with `Only` in their names carries, or last carried, the connection; nil before the first.
    ///
    /// With `Mqtt` and `Amqp` it tells whether TCP got through.
    public var activeTransport: TransportType? { choice.active }

    /// Why the connection was last lost or could not be made; nil when that never happened.
    public var lastConnectionError: DeviceClientError? { machine.lastError }

    /// Connects, subscribes, and returns when both are acknowledged.
    ///
    /// Faults that may pass are tried again by the retry policy, within the operation timeout. Cancelling the task stops
    /// that. On an open client it returns when the client is ready.
    /// - Throws: `DeviceClientError`, or `CancellationError`.
    public func open() async throws { try await waitUntilReady() }

    /// Says goodbye to the hub, fails what waits with `closed`, and ends this client for good.
    public func close() async {
        desiredUpdates?.finish()
        desiredUpdates = nil
        desiredHandler = nil
        apply(machine.close())
    }

    /// Sets who hears of connection-status changes, on the lane; nil for nobody.
    public func setConnectionStatusChangesHandler(_ handler: ConnectionStatusHandler?) { statusHandler = handler }

    /// Sets how failures are tried again.
    ///
    /// Default: `ExponentialBackoff()`.
    public func setRetryPolicy(_ policy: any RetryPolicy) { machine.policy = policy }
}
