import NIOCore
import NIOPosix

/// A proxy that makes tunnels with CONNECT, or refuses to, as it is told.
struct TestProxy: Sendable {
    let port: Int
    /// Its requests, as they came.
    let seen: Events<String>

    static func with<Result: Sendable>(
        refusal: String? = nil,
        _ body: (TestProxy) async throws -> Result
    ) async throws -> Result {
        let seen = Events<String>()
        let server = try await LoopbackServer { channel in
            try channel.pipeline.syncOperations.addHandler(ProxyPeer(seen, refusal: refusal))
        }
        return try await server.whileRunning { try await body(TestProxy(port: server.port, seen: seen)) }
    }
}

private final class ProxyPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let seen: Events<String>
    /// What is sent instead of making a tunnel, if there is something.
    private let refusal: String?
    private var request = ""
    private var target: (any Channel)?

    init(_ seen: Events<String>, refusal: String?) {
        self.seen = seen
        self.refusal = refusal
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let target { return target.writeAndFlush(bytes, promise: nil) }
        request += String(buffer: bytes)
        guard request.hasSuffix("\r\n\r\n") else { return }
        seen.put(request)
        if let refusal {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: refusal)), promise: nil)
            return context.close(promise: nil)
        }
        let place = request.split(separator: " ").dropFirst().first?.split(separator: ":") ?? []
        let port = place.last.flatMap { Int($0) } ?? 0
        let front = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProxyBack(front))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .failure: front.close(promise: nil)
                case .success(let target):
                    this.value.target = target
                    target.closeFuture.whenComplete { _ in front.close(promise: nil) }
                    front.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
                }
            }
    }

    func channelInactive(context: ChannelHandlerContext) { target?.close(promise: nil) }
}

private final class ProxyBack: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let front: any Channel

    init(_ front: any Channel) { self.front = front }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        front.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }
}
