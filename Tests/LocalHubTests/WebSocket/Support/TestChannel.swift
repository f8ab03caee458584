import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// How a test client asks for a WebSocket.
struct WebSocketTestRoute: Sendable {
    var subprotocol: String
    var path = "/$iothub/websocket"
    /// Called when the hub says goodbye.
    var heardGoodbye: @Sendable (WebSocketErrorCode?) -> Void = { _ in }

    static let mqtt = WebSocketTestRoute(subprotocol: "mqtt")
    static let amqp = WebSocketTestRoute(subprotocol: "AMQPWSB10")
}

/// Connections of test clients over TLS, with a WebSocket on top or without.
enum TestChannel {
    /// The hub did not answer with a WebSocket.
    struct NoWebSocket: Error, Equatable {
        /// The status of the answer; nil when the connection ended without one.
        var status: UInt?
    }

    /// Connects to a server on 127.0.0.1.
    /// - Parameters:
    ///   - port: the server's.
    ///   - tls: whom to trust.
    ///   - webSocket: what to ask for; nil for bytes on TLS.
    ///   - makeHandler: makes the handler that gets the server's bytes.
    /// - Returns: the channel; it takes bytes.
    /// - Throws: `NoWebSocket` when the hub refuses, or what connecting throws.
    static func connect(
        port: Int,
        tls: NIOSSLContext,
        webSocket: WebSocketTestRoute? = nil,
        _ makeHandler: @escaping @Sendable () -> any ChannelHandler
    ) async throws -> any Channel {
        let upgraded = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                guard let webSocket else { return try pipeline.addHandler(makeHandler()) }
                let refusal = RefusalHandler(upgraded)
                let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: 1 << 20) { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        pipeline.removeHandler(try pipeline.handler(type: RefusalHandler.self), promise: nil)
                        try pipeline.addHandlers(
                            ClientFrames(heardGoodbye: webSocket.heardGoodbye),
                            makeHandler()
                        )
                        upgraded.succeed()
                    }
                }
                try pipeline.addHTTPClientHandlers(withClientUpgrade: ([upgrader], { _ in }))
                try pipeline.addHandler(refusal)
                let headers: HTTPHeaders = ["host": "localhost", "sec-websocket-protocol": webSocket.subprotocol]
                let line = HTTPRequestHead(version: .http1_1, method: .GET, uri: webSocket.path, headers: headers)
                channel.closeFuture.whenComplete { _ in upgraded.fail(NoWebSocket(status: nil)) }
                refusal.request = line
            }
        }
        let connected = bootstrap.connect(host: "127.0.0.1", port: port)
        connected.whenComplete { result in
            switch result {
            case .success: if webSocket == nil { upgraded.succeed() }
            case .failure(let error): upgraded.fail(error)
            }
        }
        let channel = try await connected.get()
        try await upgraded.futureResult.get()
        return channel
    }

    /// Asks for the WebSocket, and gets the answer only when there is none.
    private final class RefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias OutboundOut = HTTPClientRequestPart

        var request: HTTPRequestHead?
        private let upgraded: EventLoopPromise<Void>

        init(_ upgraded: EventLoopPromise<Void>) { self.upgraded = upgraded }

        func channelActive(context: ChannelHandlerContext) {
            guard let request else { return }
            context.write(wrapOutboundOut(.head(request)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            upgraded.fail(NoWebSocket(status: head.status.code))
            context.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            upgraded.fail(error)
            context.close(promise: nil)
        }
    }

    /// Bytes to masked frames and back, by NIO's own encoder and decoder.
    private final class ClientFrames: ChannelDuplexHandler {
        typealias InboundIn = WebSocketFrame
        typealias InboundOut = ByteBuffer
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = WebSocketFrame

        private let heardGoodbye: @Sendable (WebSocketErrorCode?) -> Void

        init(heardGoodbye: @escaping @Sendable (WebSocketErrorCode?) -> Void) { self.heardGoodbye = heardGoodbye }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .binary: context.fireChannelRead(wrapInboundOut(frame.data))
            case .connectionClose: heardGoodbye(frame.data.peekWebSocketErrorCode())
            default: break
            }
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            let frame = WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: unwrapOutboundIn(data))
            context.write(wrapOutboundOut(frame), promise: promise)
        }
    }
}
