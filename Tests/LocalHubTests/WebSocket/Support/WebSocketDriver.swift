import NIOCore
import NIOEmbedded

@testable import LocalHub

/// The handlers of WebSockets without a socket, and what they make of a client's bytes.
final class WebSocketDriver {
    let channel = EmbeddedChannel()
    private let end = RecordingEnd()
    private let socket = RecordingSocket()

    init() throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(socket)
        try WebSocketHandler.add(to: pipeline)
        try pipeline.addHandler(end)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// The client's bytes, as MQTT or AMQP gets them.
    var received: [UInt8] { end.bytes }
    /// What the handler behind was told is wrong.
    var errors: [any Error] { end.errors }
    /// Whether the handler behind was told that nothing more comes.
    var sawGoodbye: Bool { end.sawGoodbye }
    /// How often the socket was asked for more.
    var reads: Int { socket.reads }
    /// How often something was flushed to the socket.
    var flushes: Int { socket.flushes }
    var isClosed: Bool { !channel.isActive }

    /// Sends bytes of the client, in one read.
    func send(_ bytes: some Sequence<UInt8>) throws {
        channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
        channel.pipeline.fireChannelReadComplete()
        channel.embeddedEventLoop.run()
    }

    func send(_ frames: ClientFrame...) throws { try send(frames.flatMap(\.bytes)) }

    /// The hub's bytes, one array for each write that reached TLS.
    func writes() throws -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { pieces.append(Array(buffer: piece)) }
        return pieces
    }

    /// The hub's frames; one write each.
    func frames() throws -> [HubFrame] {
        try writes().flatMap { piece in
            let frames = try HubFrame.all(in: piece)
            guard frames.count == 1 else { throw HubFrame.Malformed(why: "\(frames.count) frames in one write") }
            return frames
        }
    }

    /// Ends the channel, as the socket's end does.
    func finish() throws { _ = try channel.finish(acceptAlreadyClosed: true) }

    private final class RecordingEnd: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var bytes: [UInt8] = []
        var errors: [any Error] = []
        var sawGoodbye = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(buffer: unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { sawGoodbye = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }
    }

    private final class RecordingSocket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var reads = 0
        var flushes = 0

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }

        func flush(context: ChannelHandlerContext) {
            flushes += 1
            context.flush()
        }
    }
}
