import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A proxy that makes tunnels with CONNECT, or refuses to, as it is told.
final class TestProxy: Sendable {
    let port: Int
    /// Its requests, as they came.
    let seen = Events<String>()
    /// What it sends instead of making a tunnel, if there is something.
    fileprivate let refusal: NIOLockedValueBox<String?>
    private let listener: any Channel
    private let peers = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    static func with<Result: Sendable>(
        refusal: String? = nil,
        _ body: (TestProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await TestProxy(refusal: refusal)
        do {
            let result = try await body(proxy)
            await proxy.stop()
            return result
        } catch {
            await proxy.stop()
            throw error
        }
    }

    private init(refusal: String?) async throws {
        self.refusal = NIOLockedValueBox(refusal)
        let later = NIOLockedValueBox<TestProxy?>(nil)
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let proxy = later.withLockedValue({ $0 }) else { throw ChannelError.ioOnClosedChannel }
                    proxy.peers.withLockedValue { $0[ObjectIdentifier(channel)] = channel }
                    channel.closeFuture.whenComplete { _ in
                        proxy.peers.withLockedValue { $0[ObjectIdentifier(channel)] = nil }
                    }
                    try channel.pipeline.syncOperations.addHandler(ProxyPeer(proxy))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
        later.withLockedValue { $0 = self }
        listener.closeFuture.whenComplete { _ in later.withLockedValue { $0 = nil } }
    }

    private func stop() async {
        try? await listener.close()
        for peer in peers.withLockedValue({ Array($0.values) }) { peer.close(promise: nil) }
    }
}

private final class ProxyPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let proxy: TestProxy
    private var request = ""
    private var target: (any Channel)?

    init(_ proxy: TestProxy) { self.proxy = proxy }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let target { return target.writeAndFlush(bytes, promise: nil) }
        request += String(buffer: bytes)
        guard request.hasSuffix("\r\n\r\n") else { return }
        proxy.seen.put(request)
        if let refusal = proxy.refusal.withLockedValue({ $0 }) {
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
