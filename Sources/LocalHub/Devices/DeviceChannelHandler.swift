import IoTHub
import Logging
import NIOCore

/// Carries bytes between a socket, or a WebSocket, and what speaks a protocol of devices: the part that is the same for
/// all of them.
///
/// All of it runs on the connection's event loop: no tasks, no other threads. What is written while bytes are read
/// goes out in one piece at the end of the read; with a registry that keeps its data, when what it tells of is durable.
protocol DeviceChannelHandler: ChannelDuplexHandler, DeviceChannel
where InboundIn == ByteBuffer, OutboundIn == ByteBuffer, OutboundOut == ByteBuffer {
    associatedtype End: DeviceConnectionEnd

    var state: DeviceChannelState { get set }
    var registry: TwinRegistry { get }
    var logger: Logger { get }
    /// Says in the log which connection it is.
    var logMetadata: Logger.Metadata { get }
    /// How many bytes of answers wait for the storage.
    var heldBytes: Int { get }

    /// Takes bytes of the client.
    func receive(_ bytes: ByteBuffer)
    /// Sends what comes of the bytes received.
    func readCompleted()
    /// Learns that the client reads what it is sent, or does not keep up.
    func writabilityChanged(to isWritable: Bool)
    /// Does the protocol's part of the end, in the registry, too.
    /// - Returns: the last bytes for the client.
    func conclude(_ end: End) -> ByteBuffer
}

/// What a handler of a device's connection knows of its place in the world.
struct DeviceChannelState {
    fileprivate let loop: DeviceLoop
    fileprivate(set) var context: ChannelHandlerContext?
    /// Whether the connection is over; the channel may be open yet.
    fileprivate(set) var isFinished = false
    fileprivate var isReadHeld = false

    init(on loop: DeviceLoop) { self.loop = loop }
}

/// Why a connection ended, for the log.
protocol DeviceConnectionEnd: CustomStringConvertible {
    /// The client, or the network, ended it without a word.
    static var connectionLost: Self { get }
    /// TLS, the socket or the like failed.
    static func failed(_ what: String) -> Self
    static func hub(_ reason: DeviceCloseReason) -> Self

    /// Whether it is part of normal life.
    var isOrdinary: Bool { get }
    /// Whether the client does not read what it is sent, and so would not read a farewell.
    var isUnread: Bool { get }
    /// What the client is told beneath the protocol.
    var farewell: DeviceFarewell { get }
}

// MARK: The channel's events

extension DeviceChannelHandler {
    /// Most bytes that wait for a client which has stopped reading, or for the storage, before no more requests are read.
    static var maximumHeldBytes: Int { 262_144 }

    func handlerAdded(context: ChannelHandlerContext) { state.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.connectionLost)
        state.loop.remove(self)
        state.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !state.isFinished { receive(unwrapInboundIn(data)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        readCompleted()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.connectionLost)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { finish(.connectionLost) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(Self.isLoss(error) ? .connectionLost : .failed("\(error)"))
    }

    // A client that does not read its answers is not asked for more requests.
    func read(context: ChannelHandlerContext) {
        state.isReadHeld = true
        readIfPossible(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writabilityChanged(to: context.channel.isWritable)
        readIfPossible(context)
        context.fireChannelWritabilityChanged()
    }

    private func readIfPossible(_ context: ChannelHandlerContext) {
        guard state.isReadHeld, context.channel.isWritable, heldBytes <= Self.maximumHeldBytes else { return }
        state.isReadHeld = false
        context.read()
    }
}

// MARK: What protocols do

extension DeviceChannelHandler {
    func write(_ bytes: ByteBuffer) {
        guard let context = state.context, bytes.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Calls `body` on the loop, and later, when all that was written is durable, unless the connection is over by then.
    func whenDurable(_ body: @escaping (Self, Result<Void, IoTHubError>) -> Void) {
        guard let eventLoop = state.context?.eventLoop else { return }
        let resume: (Result<Void, IoTHubError>) -> Void = { self.resume(body, $0) }
        let waiting = NIOLoopBound(resume, eventLoop: eventLoop)
        registry.whenDurable { result in
            eventLoop.execute { waiting.value(result) }
        }
    }

    private func resume(
        _ body: (Self, Result<Void, IoTHubError>) -> Void,
        _ result: Result<Void, IoTHubError>
    ) {
        guard !state.isFinished else { return }
        body(self, result)
        if !state.isFinished, let context = state.context { readIfPossible(context) }
    }

    /// Ends the connection.
    func finish(_ end: End) {
        guard !state.isFinished else { return }
        state.isFinished = true
        let last = conclude(end)
        log(end.isOrdinary ? .debug : .info, "connection closed", ["reason": "\(end)"])
        write(last)
        guard let context = state.context else { return }
        if end.isUnread { return context.closeBeneathTLS() }
        context.triggerUserOutboundEvent(end.farewell, promise: nil)
        context.close(promise: nil)
    }

    func cut(because reason: DeviceCloseReason) -> EventLoopFuture<Void>? {
        let closed = state.context?.channel.closeFuture
        finish(.hub(reason))
        // Also when the connection has ended and waits for the client's farewell.
        state.context?.closeBeneathTLS()
        return closed
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, _ details: Logger.Metadata) {
        logger.log(level: level, message, metadata: logMetadata.merging(details) { $1 })
    }
}
