internal import IoTHub
internal import Synchronization

/// What a client was made from, checked and taken apart.
struct DeviceSetup: Sendable {
    var deviceID: String
    /// The name to connect to and to verify: the hub's, or the gateway's.
    var serverName: String
    var identity: MQTTIdentity
    var amqpIdentity: AMQPIdentity
    var credential: SASCredential
    var tls: DeviceTLS
    var options: ClientOptions

    init(connectionString text: String, options: ClientOptions) throws(DeviceClientError) {
        if let problem = options.problem { throw DeviceClientError(.invalidArgument, problem) }
        let parsed: ConnectionString
        do { parsed = try ConnectionString(parsing: text) } catch {
            throw DeviceClientError(.invalidArgument, error.message)
        }
        for name in [parsed.hostName, parsed.gatewayHostName ?? ""] where name.contains(":") {
            throw DeviceClientError(
                .invalidArgument,
                "the host '\(name)' of a device has no port; give it as the option mqttPort or amqpPort"
            )
        }
        let module: String?
        switch parsed.credential {
        case .deviceKey(let id, let moduleID, let key):
            deviceID = id
            module = moduleID
            credential = .key(
                key,
                timeToLive: options.sasTokenTimeToLive,
                renewalShare: options.sasTokenRenewalShare
            )
        case .deviceToken(let id, let moduleID, let token):
            deviceID = id
            module = moduleID
            do { credential = .token(token, expiry: try SharedAccessSignature(parsing: token).expiry) } catch {
                throw DeviceClientError(.invalidArgument, error.message)
            }
        case .deviceX509:
            throw DeviceClientError(.notSupported, "x509=true is not available yet; use SharedAccessKey")
        case .policy, .policyToken:
            throw DeviceClientError(
                .invalidArgument,
                "expected a device's connection string with DeviceId, found one of a shared access policy"
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
        self.options = options
    }

    /// Refuses transports that this client does not have.
    static func check(_ transport: TransportType) throws(DeviceClientError) {
        switch transport {
        case .mqtt, .mqttTcpOnly, .amqp, .amqpTcpOnly: return
        case .http1:
            throw DeviceClientError(.notSupported, "Http1 knows no device twins; use Mqtt or Amqp")
        case .amqpWebSocketOnly, .mqttWebSocketOnly:
            throw DeviceClientError(
                .notSupported,
                "\(transport.rawValue) is not available yet; use \(transport.isAMQP ? "Amqp_Tcp_Only" : "Mqtt_Tcp_Only")"
            )
        }
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
