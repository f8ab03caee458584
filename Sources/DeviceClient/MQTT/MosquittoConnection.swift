internal import CLinux
internal import CMosquitto
internal import COpenSSL
internal import Glibc
internal import IoTHub

/// One MQTT connection on libmosquitto, from the TCP connect to the loss; a next connection is a new object.
///
/// It is driven from outside: the owner watches `descriptor` for `interest`, and calls `socketReady` and `checkKeepAlive`.
/// libmosquitto calls back only inside these calls; what it says is put into `inbox`, and the owner reads it after the
/// call, where sending writes at once and dropping the connection is allowed. All calls must come from one queue.
final class MosquittoConnection: DeviceConnection {
    private let handle: MosquittoHandle
    private let clientID: String
    let handshake: TLSHandshake
    /// The WebSocket between the library and the hub, if there is one.
    private var tunnel: MosquittoTunnel?
    private var keepAlive: Int32 = 0
    /// Whether the connection below MQTT does not stand yet.
    private(set) var isHandshaking = true
    /// Whether the tunnel holds more than it could hand over in one turn.
    private var tunnelHasMore = false
    /// Whether the library is being given what came before a WebSocket ended.
    private var isDelivering = false
    private(set) var peer = ""
    /// A refusal that the first step of the handshake met; the system tells it once, and the library takes no notice.
    private var connectError: Int32 = 0
    /// The change of subscriptions that waits for acknowledgements.
    private var awaitedMessages: Set<Int32> = []
    var inbox: [LinkEvent] = []
    private(set) var loss: DeviceClientError?

    /// Most packets read in one turn when TLS holds more than one of them.
    private static let packetsPerTurn = 64

    // Without TLS of its own when its connection is made through a tunnel.
    init(
        identity: MQTTIdentity,
        password: String?,
        tls: DeviceTLS?,
        handshake: TLSHandshake
    ) throws(DeviceClientError) {
        guard let handle = MosquittoHandle(clientID: identity.clientID) else {
            throw DeviceClientError(.systemLimit, "libmosquitto cannot make a client: \(SystemError.text(errno))")
        }
        self.handle = handle
        clientID = identity.clientID
        self.handshake = handshake
        let client = self.handle.pointer
        mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
        mosquitto_connect_callback_set(client, connectAnswered)
        mosquitto_subscribe_callback_set(client, subscribeAnswered)
        mosquitto_unsubscribe_callback_set(client, unsubscribeAnswered)
        mosquitto_message_callback_set(client, messageReceived)
        try Self.check(mosquitto_username_pw_set(client, identity.userName, password))
        // 0 stands for 65,535: the in-flight window never holds a packet back; the owner bounds what is pending.
        try Self.check(mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, 0))
        guard let tls else { return }
        try Self.check(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1))
        // With the library's defaults it would load authorities again at each connect, and fail with a foreign context.
        try Self.check(mosquitto_int_option(client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0))
        try Self.check(mosquitto_void_option(client, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(tls.context)))
    }

    private static func check(_ code: Int32) throws(DeviceClientError) {
        guard code == MOSQ_ERR_SUCCESS.rawValue.signed else {
            throw DeviceClientError(.invalidArgument, "libmosquitto refuses a setting: \(text(code))")
        }
    }

    /// Starts to connect, without waiting for anything.
    func connect(address: String, port: Int, keepAlive: Int) throws(DeviceClientError) {
        peer = "\(address.contains(":") ? "[\(address)]" : address):\(port)"
        errno = 0
        let code = handshake.whileStarting {
            mosquitto_connect_bind_async(handle.pointer, address, Int32(port), Int32(keepAlive), nil)
        }
        let systemCode = errno
        guard code == MOSQ_ERR_SUCCESS.rawValue.signed, socket >= 0 else {
            throw failure(code: code, systemCode: systemCode)
        }
        if systemCode == ECONNREFUSED || systemCode == ECONNRESET { connectError = systemCode }
        // A child process must not keep the connection open.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    /// Starts MQTT once the tunnel's WebSocket stands.
    func connect(through tunnel: MosquittoTunnel, keepAlive: Int) {
        peer = tunnel.stream.peer
        self.keepAlive = Int32(clamping: keepAlive)
        self.tunnel = tunnel
    }

    /// The descriptor to watch; −1 when the library has closed it.
    var descriptor: Int32 { tunnel?.stream.descriptor ?? socket }

    private var socket: Int32 { mosquitto_socket(handle.pointer) }

    /// What the socket must be watched for now.
    var interest: UInt32 {
        if let tunnel { return tunnel.stream.interest }
        let reading = UInt32(EPOLLIN.rawValue)
        let writing = reading | UInt32(EPOLLOUT.rawValue)
        // During the handshake the library always wants to write, and never does.
        if isHandshaking { return sslWantsWrite ? writing : reading }
        return mosquitto_want_write(handle.pointer) ? writing : reading
    }

    private var ssl: OpaquePointer? { mosquitto_ssl_get(handle.pointer).map { OpaquePointer($0) } }

    private var sslWantsWrite: Bool { ssl.map { SSL_want($0) == SSL_WRITING } ?? false }

    // MARK: Driving

    /// Reads and writes what the socket allows; afterwards look at `inbox`, `loss` and `interest`.
    func socketReady(_ events: UInt32) {
        guard loss == nil else { return }
        if let tunnel {
            tunnelReady(tunnel, events)
        } else if isHandshaking {
            continueHandshake(events)
        } else {
            if events & ~UInt32(EPOLLOUT.rawValue) != 0 { read() }
            if loss == nil, mosquitto_want_write(handle.pointer) { perform { mosquitto_loop_write($0, 1) } }
        }
    }

    /// One packet, and those that came with it in one TLS record: for them the socket does not become readable.
    private func read() {
        for _ in 0..<Self.packetsPerTurn {
            guard perform({ mosquitto_loop_read($0, 1) }), let ssl, SSL_pending(ssl) > 0 else { return }
        }
    }

    /// Whether TLS still holds packets although the socket may stay silent; then `socketReady` must be called again.
    var hasMoreToRead: Bool {
        loss == nil && (tunnelHasMore || !isHandshaking && (ssl.map { SSL_pending($0) > 0 } ?? false))
    }

    private func continueHandshake(_ events: UInt32) {
        // A refused connect shows here only: the library takes it for "try again", for ever.
        if events & UInt32(EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
            lose(failure(code: MOSQ_ERR_ERRNO.rawValue.signed, systemCode: pendingSocketError()))
            return
        }
        guard perform({ mosquitto_loop_read($0, 1) }), let ssl else { return }
        if SSL_is_init_finished(ssl) != 0 {
            isHandshaking = false
            // CONNECT has waited in the library's queue.
            perform { mosquitto_loop_write($0, 1) }
        } else if events & UInt32(EPOLLOUT.rawValue) != 0, !hasPeer {
            lose(failure(code: MOSQ_ERR_ERRNO.rawValue.signed, systemCode: pendingSocketError()))
        }
    }

    /// Sends a ping when it is time, and notices a missing answer.
    func checkKeepAlive() {
        guard loss == nil, !isHandshaking else { return }
        perform { mosquitto_loop_misc($0) }
    }

    func disconnect() {
        guard loss == nil else { return }
        if !isHandshaking {
            mosquitto_disconnect(handle.pointer)
            _ = tunnel?.collect()
        }
        tunnel?.stream.shutdown()
        loss = DeviceClientError(.closed, "the connection was closed")
    }

    /// The socket closes when this object goes.
    func lose(_ error: DeviceClientError) {
        if loss == nil { loss = error }
    }

    @discardableResult
    private func perform(_ call: (OpaquePointer) -> Int32) -> Bool {
        errno = 0
        let code = call(handle.pointer)
        let systemCode = errno
        if code == MOSQ_ERR_SUCCESS.rawValue.signed, socket >= 0 { return collect() }
        lose(failure(code: code, systemCode: systemCode))
        return false
    }

    // MARK: Over a WebSocket

    private func tunnelReady(_ tunnel: MosquittoTunnel, _ events: UInt32) {
        tunnelHasMore = tunnel.socketReady(events)
        if isHandshaking, tunnel.stream.isOpen { startThroughTunnel(tunnel) }
        if !isHandshaking {
            isDelivering = true
            while loss == nil, tunnel.deliver() { readDelivered() }
            isDelivering = false
            if loss == nil { collect() }
        }
        if let failure = tunnel.stream.failure { lose(failure) }
    }

    private func startThroughTunnel(_ tunnel: MosquittoTunnel) {
        isHandshaking = false
        var code = MOSQ_ERR_SUCCESS.rawValue.signed
        var systemCode: Int32 = 0
        do throws(DeviceClientError) {
            try tunnel.start { path in
                errno = 0
                code = mosquitto_connect_bind_async(handle.pointer, path, 0, keepAlive, nil)
                systemCode = errno
                return socket >= 0
            }
        } catch { return lose(error) }
        guard code == MOSQ_ERR_SUCCESS.rawValue.signed, socket >= 0 else {
            return lose(failure(code: code, systemCode: systemCode))
        }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    /// Has the library read all that was delivered.
    private func readDelivered() {
        repeat {
            guard perform({ mosquitto_loop_read($0, 1) }) else { return }
        } while hasUnread
    }

    private var hasUnread: Bool {
        var count: Int32 = 0
        return ioctl(socket, UInt(FIONREAD), &count) == 0 && count > 0
    }

    /// Sends what the library has written to its end of the tunnel, which lets it write the rest of what it has.
    /// - Returns: whether the connection stands.
    @discardableResult
    private func collect() -> Bool {
        guard let tunnel else { return true }
        while tunnel.collect(), mosquitto_want_write(handle.pointer) {
            errno = 0
            let code = mosquitto_loop_write(handle.pointer, 1)
            let systemCode = errno
            guard code == MOSQ_ERR_SUCCESS.rawValue.signed else {
                lose(failure(code: code, systemCode: systemCode))
                return false
            }
        }
        if !isDelivering, let failure = tunnel.stream.failure { lose(failure) }
        return loss == nil
    }

    // MARK: Sending

    func subscribe(to subscriptions: [ConnectionMachine.Subscription]) {
        // QoS 0, as the C SDK asks and as the hub sends twin messages: what a lost connection swallows is caught up with
        // by reading the twin.
        for subscription in subscriptions where loss == nil {
            var message: Int32 = 0
            if perform({ mosquitto_subscribe($0, &message, subscription.filter, 0) }) {
                awaitedMessages.insert(message)
            }
        }
    }

    func unsubscribe(from subscription: ConnectionMachine.Subscription) {
        guard loss == nil else { return }
        var message: Int32 = 0
        if perform({ mosquitto_unsubscribe($0, &message, subscription.filter) }) { awaitedMessages.insert(message) }
    }

    func send(_ request: TwinRequest, rid: UInt64) {
        switch request {
        case .get: publish(TwinTopic.get, rid: rid, nil, [])
        case .patchReported(let body, let version): publish(TwinTopic.patchReported, rid: rid, version, body)
        }
    }

    private func publish(_ prefix: StaticString, rid: UInt64, _ version: Int64?, _ payload: [UInt8]) {
        guard loss == nil else { return }
        TwinTopic.withRequest(prefix, rid: rid, version: version) { topic in
            _ = perform { mosquitto_publish($0, nil, topic, Int32(clamping: payload.count), payload, 0, false) }
        }
    }

    /// A token belongs to CONNECT.
    func renew(token: String) -> Bool { false }

    // MARK: What the library calls

    func noteConnectAnswer(code: Int32) {
        let refusal = MQTTFault.refusal(code: code, deviceID: clientID)
        inbox.append(refusal.map { .refused($0) } ?? .accepted)
    }

    /// SUBACK or UNSUBACK; not granted when the hub refused a filter.
    func subscriptionsAnswered(_ message: Int32, isGranted: Bool) {
        guard isGranted else { return lose(DeviceClientError(.communication, "the hub refused a subscription")) }
        guard awaitedMessages.remove(message) != nil, awaitedMessages.isEmpty else { return }
        inbox.append(.acknowledged)
    }

    // MARK: Faults

    private var hasPeer: Bool {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) } == 0
        }
    }

    private func pendingSocketError() -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        _ = getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
        if code != 0 { return code }
        // The error was spent on a write of the handshake's first step.
        return connectError != 0 ? connectError : hasPeer ? ECONNRESET : ECONNREFUSED
    }

    private func failure(code: Int32, systemCode: Int32) -> DeviceClientError {
        let connectionFault = ConnectionFault(peer: peer, serverName: handshake.serverName)
        if let refusal = connectionFault.refusal(handshake) { return refusal }
        let faults = MQTTFault(peer: peer, serverName: handshake.serverName, isHandshaking: isHandshaking)
        return faults.error(
            code: code,
            libraryText: Self.text(code),
            systemCode: systemCode,
            certificateProblem: handshake.certificateProblem,
            alert: handshake.alert
        )
    }

    private static func text(_ code: Int32) -> String {
        mosquitto_strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

extension Int32 {
    /// The number itself; C enumerations come signed or unsigned.
    var signed: Int32 { self }
}

extension UInt32 {
    /// The number as C's `int`.
    var signed: Int32 { Int32(bitPattern: self) }
}

extension ConnectionMachine.Subscription {
    /// The topic filter.
    fileprivate var filter: String {
        switch self {
        case .responses: TwinTopic.responses
        case .desiredChanges: TwinTopic.desiredChanges
        }
    }
}
