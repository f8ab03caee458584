import AMQPEngine
import IoTHub
import Logging
import NIOCore

/// Carries bytes between a socket and a peer, and the peer's actions to the registry.
///
/// All of it runs on the connection's event loop: no tasks, no other threads. What is written while bytes are read
/// goes out in one piece at the end of the read; with a registry that keeps its data, when what it tells of is durable.
final class AMQPChannelHandler: ChannelDuplexHandler, DeviceChannel {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Most bytes of answers that wait for the storage before no more requests are read.
    static let maximumHeldBytes = 262_144

    private let shared: AMQPShared
    private let loop: DeviceLoop
    private var context: ChannelHandlerContext?
    private let peer: AMQPPeer
    private var mailbox: AMQPMailbox?
    private var connections: [String: AMQPDeviceConnection] = [:]
    private var isShakenHands = false
    private var isReadHeld = false
    private var isFinished = false

    init(shared: AMQPShared, loop: DeviceLoop) {
        self.shared = shared
        self.loop = loop
        peer = AMQPPeer(authorizer: shared.authorizer, at: shared.clock.now())
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        mailbox = AMQPMailbox(self, eventLoop: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.connectionLost)
        loop.remove(self)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isFinished else { return }
        if !isShakenHands {
            isShakenHands = true
            peer.certificates = context.clientCertificates(shared.clients)
        }
        unwrapInboundIn(data).withUnsafeReadableBytes { peer.receive($0) }
        run(at: shared.now)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        peer.pumpBlocked()
        flush()
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
        isReadHeld = true
        readIfPossible(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        peer.setWritable(context.channel.isWritable)
        run(at: shared.now)
        flush()
        readIfPossible(context)
        context.fireChannelWritabilityChanged()
    }

    private func readIfPossible(_ context: ChannelHandlerContext) {
        guard isReadHeld, context.channel.isWritable, peer.heldBytes <= Self.maximumHeldBytes else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: Events from elsewhere, on the loop

    /// Sends the desired changes that the registry handed over.
    func deliverWaitingChanges() {
        takeMail()
        run(at: shared.now)
        flush()
    }

    func timePassed(_ now: NIODeadline) {
        let now = shared.now
        guard peer.timePassed(now) else { return }
        run(at: now)
        flush()
    }

    /// Ends a device's links, and leaves the other devices of the connection alone.
    func close(_ connection: AMQPDeviceConnection, because reason: DeviceCloseReason) {
        let id = connection.deviceID
        guard !isFinished, connections[id] === connection else { return }
        connections[id] = nil
        let now = shared.now
        peer.drop(id, AMQPError(reason, deviceID: id, at: now.wall))
        log(.debug, "device cut off", ["device": .string(id), "reason": .string(reason.rawValue)])
        run(at: now)
        flush()
    }

    func cut(because reason: DeviceCloseReason) -> EventLoopFuture<Void>? {
        let closed = context?.channel.closeFuture
        finish(.hub(reason))
        // Beneath TLS; also when the connection has ended and waits for the client's farewell.
        context?.closeBeneathTLS()
        return closed
    }

    // MARK: The peer's actions

    private func run(at now: AMQPTime) {
        while !isFinished, let action = peer.next(at: now) {
            switch action {
            case .connect(let request): connect(request, at: now)
            case .setModelID(let modelID, let id):
                withConnection(id) { shared.registry.setModelID(id, connection: $0, modelID) }
            case .disconnect(let id):
                withConnection(id) { shared.registry.disconnect(id, connection: $0) }
                connections[id] = nil
                log(.debug, "device disconnected", ["device": .string(id)])
            case .refused(let id, let error):
                log(.info, "link refused", ["device": .string(id), "reason": .string(error.message)])
            case .endSubscription(let id):
                withConnection(id) { shared.registry.setDesiredSubscription(id, connection: $0, false) }
            case .twin(let request): carryOut(request, at: now)
            case .close(let reason): finish(reason)
            }
        }
    }

    private func connect(_ request: AMQPLinkRequest, at now: AMQPTime) {
        guard let mailbox else { return }
        let id = request.deviceID
        let connection = AMQPDeviceConnection(id, mailbox)
        let modelID = request.link.modelID
        do throws(IoTHubError) {
            try shared.registry.connect(id, connection: connection, modelID: modelID)
        } catch {
            return peer.refuse(request, error, at: now)
        }
        connections[id] = connection
        peer.connected(request)
        log(.debug, "device connected", ["device": .string(id)])
        // Without a model id there may be an earlier one to be taken away, which is written too.
        guard shared.registry.keepsData else { return peer.attach(request) }
        whenDurable { handler, result in
            switch result {
            case .success: handler.peer.attach(request)
            case .failure(let error): handler.peer.refuse(request, error, at: handler.shared.now)
            }
        }
    }

    private func carryOut(_ request: AMQPTwinRequest, at now: AMQPTime) {
        let id = request.deviceID
        let keepsData = shared.registry.keepsData
        do throws(IoTHubError) {
            switch request.operation {
            case .get:
                let twin = try shared.registry.twinForDevice(id)
                // What the twin contains already was handed over by now; sent first, it does not look like news after it.
                takeMail()
                let answer = AMQPTwinAnswer.twin(twin.deviceView().serialized())
                peer.answer(request, .success(answer), showing: twin.desired.version, waits: keepsData, at: now)
            case .patch(let body, let version):
                let result = body.withUnsafeBytes { bytes in
                    Result { () throws(IoTHubError) in
                        try shared.registry.patchReported(id, body: bytes, ifVersion: version)
                    }
                }
                let answer = AMQPTwinAnswer.reported(version: try result.get())
                peer.answer(request, .success(answer), waits: keepsData, at: now)
            case .subscribe, .unsubscribe:
                let isOn = if case .subscribe = request.operation { true } else { false }
                peer.setSubscribed(id, isOn)
                withConnection(id) { shared.registry.setDesiredSubscription(id, connection: $0, isOn) }
                peer.answer(request, .success(AMQPTwinAnswer.done()), at: now)
            }
        } catch {
            log(.debug, "twin request refused", ["device": .string(id), "error": "\(error)"])
            peer.answer(request, .failure(error), at: now)
        }
    }

    private func takeMail() {
        for (connection, change) in mailbox?.take() ?? [] where connections[connection.deviceID] === connection {
            peer.deliver(change, to: connection.deviceID)
        }
    }

    private func withConnection(_ id: String, _ body: (AMQPDeviceConnection) -> Void) {
        if let connection = connections[id] { body(connection) }
    }

    // MARK: Storage and socket

    private func flush() {
        if let release = peer.seal() {
            whenDurable { handler, result in
                let failure: IoTHubError? = if case .failure(let error) = result { error } else { nil }
                handler.peer.open(release, failure, at: handler.shared.now)
            }
        }
        write(peer.takeOutput())
    }

    /// Calls `body` on the loop when all that was written is durable, and sends what comes of it.
    private func whenDurable(
        _ body: @escaping (AMQPChannelHandler, Result<Void, IoTHubError>) -> Void
    ) {
        guard let eventLoop = context?.eventLoop else { return }
        let handler = NIOLoopBound((self, body), eventLoop: eventLoop)
        shared.registry.whenDurable { result in
            eventLoop.execute { handler.value.0.resume(handler.value.1, result) }
        }
    }

    private func resume(
        _ body: (AMQPChannelHandler, Result<Void, IoTHubError>) -> Void,
        _ result: Result<Void, IoTHubError>
    ) {
        guard !isFinished, let context else { return }
        body(self, result)
        run(at: shared.now)
        flush()
        readIfPossible(context)
    }

    private func write(_ bytes: [UInt8]) {
        guard let context, !bytes.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private func finish(_ reason: AMQPCloseReason) {
        guard !isFinished else { return }
        isFinished = true
        peer.close(reason)
        for (id, connection) in connections { shared.registry.disconnect(id, connection: connection) }
        connections = [:]
        mailbox = nil
        log(reason.isOrdinary ? .debug : .info, "connection closed", ["reason": "\(reason)"])
        write(peer.takeOutput())
        if case .hub(.hubStopping) = reason {
            context?.triggerUserOutboundEvent(DeviceFarewell.hubStopping, promise: nil)
        }
        context?.close(promise: nil)
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ details: Logger.Metadata) {
        shared.logger.log(
            level: level,
            message,
            metadata: ["container": .string(peer.engine.remote?.containerID ?? "?")].merging(details) { $1 }
        )
    }
}
