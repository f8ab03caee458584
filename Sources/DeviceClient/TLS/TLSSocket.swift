internal import CLinux
internal import COpenSSL
internal import Glibc

/// A TCP connection with TLS over it, to the hub itself or through a proxy.
final class TLSSocket: HubStream {
    private enum Stage {
        /// TCP. May become: asking, handshaking.
        case connecting
        /// Waiting for the proxy's tunnel. May become: handshaking.
        case asking
        /// TLS. May become: open.
        case handshaking
        case open
    }

    /// Most bytes read in one go; one TLS record.
    private static let readSize = 16_384
    /// Most records read in one turn, so that others on the lane are not kept waiting.
    private static let readsPerTurn = 16

    let descriptor: Int32
    var peer: String { fault.peer }
    private let ssl: OpaquePointer
    private let handshake: TLSHandshake
    private let fault: ConnectionFault
    private var tunnel: ProxyTunnel?
    private var stage = Stage.connecting
    /// What waits for the socket to take it.
    private var unsent: [UInt8] = []
    private var unsentStart = 0
    private(set) var failure: DeviceClientError?

    /// Starts to connect to a numeric address, the hub's or that of the proxy that makes a tunnel to it.
    init(
        address: String,
        port: Int,
        through tunnel: ProxyTunnel? = nil,
        tls: DeviceTLS,
        handshake: TLSHandshake
    ) throws(DeviceClientError) {
        self.handshake = handshake
        self.tunnel = tunnel
        let peer = tunnel?.peer ?? "\(address.contains(":") ? "[\(address)]" : address):\(port)"
        fault = ConnectionFault(peer: peer, serverName: handshake.serverName)
        let connectFault = ConnectionFault(peer: tunnel?.proxy ?? peer, serverName: handshake.serverName)
        let isIPv6 = address.contains(":")
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else { throw connectFault.handshakeError(systemCode: errno, handshake) }
        guard let method = Self.method, let bio = BIO_new(method), let ssl = SSL_new(tls.context) else {
            close(descriptor)
            throw DeviceClientError(.systemLimit, "OpenSSL cannot make a connection: \(OpenSSLErrors.take())")
        }
        self.descriptor = descriptor
        self.ssl = ssl
        twinfleet_BIO_set_fd(bio, descriptor)
        SSL_set_bio(ssl, bio, bio)
        SSL_set_connect_state(ssl)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let code = Self.connect(descriptor, address, port, isIPv6: isIPv6)
        guard code == 0 || code == EINPROGRESS else {
            throw connectFault.handshakeError(systemCode: code, handshake)
        }
    }

    deinit {
        // Without these marks OpenSSL would hold that the session must not be taken up again.
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        SSL_free(ssl)
        close(descriptor)
    }

    /// OpenSSL's own socket BIO would raise SIGPIPE.
    // Safe: made once, behind Swift's own lock for statics, and only read from then on.
    private nonisolated(unsafe) static let method = twinfleet_BIO_make_socket_method()

    private static func connect(_ descriptor: Int32, _ address: String, _ port: Int, isIPv6: Bool) -> Int32 {
        let port = in_port_t(UInt16(clamping: port)).bigEndian
        if isIPv6 {
            var target = sockaddr_in6()
            target.sin6_family = sa_family_t(AF_INET6)
            target.sin6_port = port
            return inet_pton(AF_INET6, address, &target.sin6_addr) == 1 ? connect(descriptor, to: target) : EINVAL
        }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port
        return inet_pton(AF_INET, address, &target.sin_addr) == 1 ? connect(descriptor, to: target) : EINVAL
    }

    /// Connects to a socket address of either family; 0, or the system's reason.
    private static func connect<Address>(_ descriptor: Int32, to target: Address) -> Int32 {
        let result = withUnsafeBytes(of: target) { bytes in
            Glibc.connect(
                descriptor,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count)
            )
        }
        return result == 0 ? 0 : errno
    }

    /// Whether TLS stands.
    var isOpen: Bool { stage == .open && failure == nil }

    var unsentCount: Int { unsent.count - unsentStart }

    var interest: UInt32 {
        let reading = UInt32(EPOLLIN.rawValue)
        let writing = reading | UInt32(EPOLLOUT.rawValue)
        switch stage {
        case .connecting: return writing
        case .asking: return tunnel?.unsent.isEmpty == false ? writing : reading
        case .handshaking: return SSL_want(ssl) == SSL_WRITING ? writing : reading
        case .open: return unsentStart < unsent.count ? writing : reading
        }
    }

    func socketReady(_ events: UInt32, received: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard failure == nil else { return false }
        if stage == .connecting { finishConnect(events) }
        if stage == .asking, failure == nil { askProxy() }
        if stage == .handshaking, failure == nil { continueHandshake() }
        guard stage == .open, failure == nil else { return false }
        let hasMore = read(received)
        if failure == nil { flush() }
        return hasMore
    }

    private func finishConnect(_ events: UInt32) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if code != 0 { return failToConnect(code) }
        if events & UInt32(EPOLLOUT.rawValue) != 0 { stage = tunnel == nil ? .handshaking : .asking }
    }

    private func failToConnect(_ code: Int32) {
        let fault = ConnectionFault(peer: tunnel?.proxy ?? peer, serverName: handshake.serverName)
        fail(fault.handshakeError(systemCode: code, handshake))
    }

    /// Sends the request for a tunnel, and takes the answer.
    private func askProxy() {
        while let rest = tunnel?.unsent, !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { break }
                return failToConnect(errno)
            }
            tunnel?.sent(count)
        }
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0 {
                if errno != EAGAIN, errno != EINTR { failToConnect(errno) }
                return
            }
            switch tunnel?.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
            case .failed(let error): fail(error)
            case .open: stage = .handshaking
            case .waiting, nil: break
            }
        }
    }

    private func continueHandshake() {
        ERR_clear_error()
        errno = 0
        let result = handshake.whileStarting { SSL_do_handshake(ssl) }
        let systemCode = errno
        if result == 1 {
            stage = .open
            return
        }
        let problem = SSL_get_error(ssl, result)
        if problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE { return }
        let code = problem == SSL_ERROR_SYSCALL ? systemCode : 0
        ERR_clear_error()
        fail(fault.handshakeError(systemCode: code, handshake))
    }

    /// Whether there may be more.
    private func read(_ received: (UnsafeRawBufferPointer) -> Void) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 1) { buffer in
            for _ in 0..<Self.readsPerTurn {
                ERR_clear_error()
                errno = 0
                let count = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
                if count <= 0 {
                    noteFailure(count, systemCode: errno)
                    return false
                }
                received(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
            }
            return SSL_pending(ssl) > 0
        }
    }

    // MARK: Sending

    func send(_ bytes: [UInt8]) {
        guard failure == nil, !bytes.isEmpty else { return }
        if unsentStart == unsent.count {
            unsent = bytes
            unsentStart = 0
        } else {
            // A hub that takes it slowly must not make this grow for ever.
            if unsentStart > Self.readSize, unsentStart > unsent.count / 2 {
                unsent.removeFirst(unsentStart)
                unsentStart = 0
            }
            unsent += bytes
        }
        if stage == .open { flush() }
    }

    private func flush() {
        while unsentStart < unsent.count {
            ERR_clear_error()
            errno = 0
            let count = unsent.withUnsafeBytes { bytes in
                SSL_write(
                    ssl,
                    bytes.baseAddress.map { $0 + unsentStart },
                    Int32(clamping: bytes.count - unsentStart)
                )
            }
            if count <= 0 { return noteFailure(count, systemCode: errno) }
            unsentStart += Int(count)
        }
        unsent = []
        unsentStart = 0
    }

    func shutdown() {
        guard isOpen else { return }
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    private func noteFailure(_ result: Int32, systemCode: Int32) {
        let problem = SSL_get_error(ssl, result)
        if problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE { return }
        ERR_clear_error()
        let code = problem == SSL_ERROR_SYSCALL ? systemCode : 0
        fail(fault.lossError(systemCode: code, handshake))
    }

    private func fail(_ error: DeviceClientError) { failure = error }
}
