internal import Foundation
internal import IoTHub
internal import Synchronization

/// What a client was made from, checked and taken apart.
struct DeviceSetup: Sendable {
    var deviceID: String
    /// The name to connect to and to verify: the hub's, or the gateway's.
    var serverName: String
    var identity: MQTTIdentity
    var amqpIdentity: AMQPIdentity
    var credential: DeviceCredential
    var tls: DeviceTLS
    /// Through which proxy WebSockets go.
    private var proxy: HTTPProxy?
    var options: ClientOptions
    /// The wall clock, in seconds since 1970-01-01T00:00:00Z.
    var clock: @Sendable () -> Double = { Date().timeIntervalSince1970 }

    init(connectionString text: String, options: ClientOptions) throws(DeviceClientError) {
        let parsed: ConnectionString
        do { parsed = try ConnectionString(parsing: text) } catch {
            throw DeviceClientError(.invalidArgument, error.message)
        }
        try self.init(parsed, options)
    }

    init(
        hostName: String,
        method: DeviceAuthenticationWithX509Certificate,
        options: ClientOptions
    ) throws(DeviceClientError) {
        do {
            try ConnectionString.validate(hostName: hostName)
            try DeviceID.validate(method.deviceID)
        } catch {
            throw DeviceClientError(.invalidArgument, error.message)
        }
        if let certificate = options.certificate, certificate !== method.certificate {
            throw DeviceClientError(
                .invalidArgument,
                "the authentication method and the option certificate name two certificates; leave one out"
            )
        }
        var options = options
        options.certificate = method.certificate
        let credential = ConnectionString.Credential.deviceX509(deviceID: method.deviceID, moduleID: nil)
        try self.init(ConnectionString(hostName: hostName, credential: credential), options)
    }

    private init(_ parsed: ConnectionString, _ options: ClientOptions) throws(DeviceClientError) {
        if let problem = options.problem { throw DeviceClientError(.invalidArgument, problem) }
        for name in [parsed.hostName, parsed.gatewayHostName ?? ""] where name.contains(":") {
            throw DeviceClientError(
                .invalidArgument,
                "the host '\(name)' of a device has no port; give it as the option mqttPort, amqpPort or webSocketPort"
            )
        }
        let module: String?
        switch parsed.credential {
        case .deviceKey(let id, let moduleID, let key):
            deviceID = id
            module = moduleID
            credential = .sas(
                .key(key, timeToLive: options.sasTokenTimeToLive, renewalShare: options.sasTokenRenewalShare)
            )
        case .deviceToken(let id, let moduleID, let token):
            deviceID = id
            module = moduleID
            do { credential = .sas(.token(token, expiry: try SharedAccessSignature(parsing: token).expiry)) } catch {
                throw DeviceClientError(.invalidArgument, error.message)
            }
        case .deviceX509(let id, let moduleID):
            deviceID = id
            module = moduleID
            guard let certificate = options.certificate else {
                throw DeviceClientError(
                    .invalidArgument,
                    "the connection string says x509=true; give the certificate as the option certificate"
                )
            }
            credential = .certificate(certificate)
        case .policy, .policyToken:
            throw DeviceClientError(
                .invalidArgument,
                "expected a device's connection string with DeviceId, found one of a shared access policy"
            )
        }
        if options.certificate != nil, credential.certificate == nil {
            throw DeviceClientError(
                .invalidArgument,
                "the option certificate goes with a connection string that says x509=true, found one with a key or token"
            )
        }
        serverName = parsed.gatewayHostName ?? parsed.host
        identity = MQTTIdentity(
            host: parsed.host,
            deviceID: deviceID,
            moduleID: module,
            productInfo: options.productInfo,
            modelID: options.modelID
        )
        amqpIdentity = AMQPIdentity(
            host: parsed.host,
            deviceID: deviceID,
            moduleID: module,
            productInfo: options.productInfo,
            modelID: options.modelID
        )
        if let tls = options.tls {
            self.tls = tls
        } else if let file = options.trustedCAFile {
            tls = try DeviceTLS(trustedCAFile: file)
        } else {
            tls = try DeviceTLS.system.get()
        }
        if let certificate = credential.certificate { try tls.check(certificate) }
        self.options = options
    }

    /// Refuses transports that know no twins.
    static func check(_ transport: TransportType) throws(DeviceClientError) {
        guard transport == .http1 else { return }
        throw DeviceClientError(.notSupported, "Http1 knows no device twins; use Mqtt or Amqp")
    }

    /// Sees through which proxy WebSockets go.
    mutating func findProxy() throws(DeviceClientError) {
        proxy = try options.proxy.proxy(for: serverName, port: options.webSocketPort)
    }

    /// The way to the hub over one of the transports with `Only` in their names.
    func route(over transport: TransportType) -> HubRoute {
        let isWebSocket = transport.isWebSocket
        let tcpPort = transport.isAMQP ? options.amqpPort : options.mqttPort
        return HubRoute(
            transport: transport,
            serverName: serverName,
            port: isWebSocket ? options.webSocketPort : tcpPort,
            proxy: isWebSocket ? proxy : nil
        )
    }
}

/// The lanes of clients that name none, made at the first use.
enum SharedLanes {
    private static let lanes = Result { () throws(DeviceClientError) in try Lane.makeLanes() }
    private static let dealt = Atomic<Int>(0)

    static func next() throws(DeviceClientError) -> Lane {
        let lanes = try lanes.get()
        return lanes[turn(of: lanes.count)]
    }

    /// A lane for a device in a pool, and how many of the pool's connections the lane may have.
    static func next(poolSize: Int) throws(DeviceClientError) -> (lane: Lane, share: Int) {
        let lanes = try lanes.get()
        let count = min(lanes.count, max(1, poolSize))
        let index = turn(of: count)
        return (lanes[index], poolSize / count + (index < poolSize % count ? 1 : 0))
    }

    private static func turn(of count: Int) -> Int {
        Int(dealt.wrappingAdd(1, ordering: .relaxed).newValue.magnitude % UInt(count))
    }
}
