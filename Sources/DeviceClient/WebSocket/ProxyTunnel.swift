/// The way through a proxy to a hub, as a value: asks for it, and reads the answer.
struct ProxyTunnel: Sendable {
    /// How far it is.
    enum Progress: Hashable {
        case waiting
        /// What follows comes from the hub.
        case open
        case failed(DeviceClientError)
    }

    /// Who makes the tunnel, for errors.
    let proxy: String
    /// What is still to be sent.
    private(set) var unsent: ArraySlice<UInt8>
    private let target: String
    private var head = HTTPHeadReader()

    init(_ proxy: HTTPProxy, host: String, port: Int) {
        self.proxy = "the proxy \(proxy.name)"
        target = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        unsent = proxy.request(target: target)[...]
    }

    /// Who is at the end of the tunnel.
    var peer: String { "\(target) (through \(proxy))" }

    /// The socket has taken bytes.
    mutating func sent(_ count: Int) { unsent.removeFirst(count) }

    /// Takes what the proxy has sent; nothing means that it has hung up.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Progress {
        if bytes.isEmpty {
            return .failed(DeviceClientError(.communication, "\(proxy) hangs up on CONNECT \(target)"))
        }
        do throws(HTTPHeadReader.Malformed) {
            guard let (head, count) = try head.receive(bytes) else { return .waiting }
            guard (200..<300).contains(head.status) else { return .failed(refusal(head)) }
            // In TLS the client speaks first.
            guard count == bytes.count else {
                return .failed(
                    DeviceClientError(.communication, "\(proxy) sent more than an answer to CONNECT \(target)")
                )
            }
            return .open
        } catch {
            return .failed(DeviceClientError(.communication, "\(proxy) answers CONNECT \(target) with \(error.words)"))
        }
    }

    private func refusal(_ head: HTTPResponseHead) -> DeviceClientError {
        // Other credentials do not come by themselves; all else may pass.
        let wantsCredentials = head.status == 407
        let hint = wantsCredentials ? "; give user and password as http://user:password@host:port" : ""
        return DeviceClientError(
            wantsCredentials ? .invalidArgument : .communication,
            status: head.status,
            "\(proxy) refuses CONNECT \(target) with \(head.description)\(hint)"
        )
    }
}
