/// A WebSocket to the hub as a stream of bytes: TLS with the protocol of WebSockets over it.
final class WebSocketStream: HubStream {
    /// What may wait for the socket before pongs are left out.
    private static let slowCount = 65_536

    private let tls: TLSSocket
    private var session: WebSocketSession

    /// Takes a connection over, which may not stand yet.
    init(over tls: TLSSocket, _ handshake: WebSocketHandshake) {
        self.tls = tls
        session = WebSocketSession(handshake, peer: tls.peer)
    }

    var descriptor: Int32 { tls.descriptor }
    var peer: String { tls.peer }
    var isOpen: Bool { session.isOpen && tls.isOpen }
    var interest: UInt32 { tls.interest }
    var unsentCount: Int { tls.unsentCount }
    /// A WebSocket that ends says why, the connection under it does not.
    var failure: DeviceClientError? { session.failure ?? tls.failure }

    func socketReady(_ events: UInt32, received: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard failure == nil else { return false }
        let hasMore = tls.socketReady(events) { session.receive($0, received) }
        if tls.isOpen { session.start() }
        sendOutput()
        return hasMore && failure == nil
    }

    func send(_ bytes: [UInt8]) {
        session.send(bytes)
        sendOutput()
    }

    func shutdown() {
        session.close()
        sendOutput()
        tls.shutdown()
    }

    private func sendOutput() {
        let output = session.takeOutput(isSlow: tls.unsentCount > Self.slowCount)
        if !output.isEmpty { tls.send(output) }
    }
}
