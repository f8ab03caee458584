import NIOCore
import NIOWebSocket

/// Turns frames into bytes and bytes into frames, so that what speaks MQTT or AMQP need not know of WebSockets.
///
/// Bytes pass through as they come: nothing is kept here but the frame that is on its way in. What is written in one
/// piece goes out as one frame. Reads are asked for by the handler behind only, so its back-pressure holds here, too.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Most bytes in one frame, which is held until it is whole: more than an MQTT message may have.
    static let largestFrame = 512 * 1024

    private var rules = WebSocketFrameRules()
    /// Whether frames of the client still count.
    private var isListening = true
    private var hasSaidGoodbye = false
    /// The code of the hub's goodbye; nil for the answer to one without.
    private var goodbye: WebSocketErrorCode? = .normalClosure
    private var hasPongs = false

    /// Adds the handlers between TLS and MQTT or AMQP.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: largestFrame)))
        try pipeline.addHandler(WebSocketHandler())
    }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isListening else { return }
        switch rules.judge(unwrapInboundIn(data)) {
        case .bytes(let bytes): context.fireChannelRead(wrapInboundOut(bytes))
        case .pong(let data):
            write(.pong, data, context)
            hasPongs = true
        case .nothing: break
        case .goodbye(let code): end(code, context) { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        case .violation(let violation): end(violation, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasPongs {
            hasPongs = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as NIOWebSocketError:
            if isListening { end(WebSocketViolation(error), context) }
        // The connection ended within a frame, or went on after a violation.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    private func end(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        end(violation.code, context) { context.fireErrorCaught(violation) }
    }

    /// Ends the connection; the handler behind is told first, since it may have something to send before the goodbye.
    private func end(_ code: WebSocketErrorCode?, _ context: ChannelHandlerContext, tell: () -> Void) {
        isListening = false
        goodbye = code
        tell()
        sayGoodbye(context)
        context.close(promise: nil)
    }

    // MARK: From the hub

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // After goodbye nothing may be sent.
        guard !hasSaidGoodbye else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        write(.binary, unwrapOutboundIn(data), context, promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if let event = event as? DeviceFarewell {
            if isListening { goodbye = event.code }
            promise?.succeed()
        } else {
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The client's goodbye is not waited for: TLS waits for its farewell, and long enough.
        sayGoodbye(context)
        context.close(mode: mode, promise: promise)
    }

    // MARK: Frames

    private func sayGoodbye(_ context: ChannelHandlerContext) {
        guard !hasSaidGoodbye else { return }
        hasSaidGoodbye = true
        isListening = false
        var data = ByteBuffer()
        if let goodbye { data.write(webSocketErrorCode: goodbye) }
        write(.connectionClose, data, context)
        context.flush()
    }

    private func write(
        _ opcode: WebSocketOpcode,
        _ data: ByteBuffer,
        _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>? = nil
    ) {
        context.write(wrapOutboundOut(context.channel.allocator.webSocketFrame(opcode, data)), promise: promise)
    }
}

extension DeviceFarewell {
    fileprivate var code: WebSocketErrorCode {
        switch self {
        case .done: .normalClosure
        case .hubStopping: .goingAway
        }
    }
}
