import AMQPEngine
import IoTHub
import Logging
import NIOCore

/// Carries bytes between a connection and a peer, and the peer's actions to the registry.
final class AMQPChannelHandler: DeviceChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var state: DeviceChannelState
    private let shared: AMQPShared
    private let traffic: TrafficTally?
    private let peer: AMQPPeer
    private var mailbox: AMQPMailbox?
    private var connections: [String: AMQPDeviceConnection] = [:]
    private var isShakenHands = false

    init(shared: AMQPShared, loop: DeviceLoop) {
        self.shared = shared
        traffic = shared.traffic
        state = DeviceChannelState(on: loop)
        peer = AMQPPeer(authorizer: shared.authorizer, at: shared.clock.now())
    }

    var registry: TwinRegistry { shared.registry }
    var logger: Logger { shared.logger }
    var logMetadata: Logger.Metadata { ["container": .string(peer.engine.remote?.containerID ?? "?")] }
    var heldBytes: Int { peer.heldBytes }

    // MARK: Events of the channel

    func receive(_ bytes: ByteBuffer) {
        if !isShakenHands {
            isShakenHands = true
            peer.certificates = state.context?.clientCertificates(shared.clients)
        }
        bytes.withUnsafeReadableBytes { peer.receive($0) }
        run(at: shared.now)
    }

    func readCompleted() {
        peer.pumpBlocked()
        flush()
    }

    func writabilityChanged(to isWritable: Bool) {
        peer.setWritable(isWritable)
        run(at: shared.now)
        flush()
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
        guard !state.isFinished, connections[id] === connection else { return }
        connections[id] = nil
        let now = shared.now
        peer.drop(id, AMQPError(reason, deviceID: id, at: now.wall))
        log(.debug, "device cut off", ["device": .string(id), "reason": .string(reason.rawValue)])
        run(at: now)
        flush()
    }

    // MARK: The peer's actions

    private func run(at now: AMQPTime) {
        while !state.isFinished, let action = peer.next(at: now) {
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
        guard let eventLoop = state.context?.eventLoop else { return }
        let mailbox = self.mailbox ?? AMQPMailbox(self, eventLoop: eventLoop)
        self.mailbox = mailbox
        let id = request.deviceID
        let connection = AMQPDeviceConnection(id, over: shared.transport, mailbox)
        let modelID = request.link.modelID
        do throws(IoTHubError) {
            try shared.registry.connect(id, connection: connection, modelID: modelID)
        } catch {
            traffic?.authenticationFailures.add()
            return peer.refuse(request, error, at: now)
        }
        connections[id] = connection
        peer.connected(request)
        log(.debug, "device connected", ["device": .string(id)])
        // Without a model id there may be an earlier one to be taken away, which is written too.
        guard shared.registry.keepsData else { return peer.attach(request) }
        sendWhenDurable { handler, result in
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
                traffic?.twinReads.add()
                // What the twin contains already was handed over by now; sent first, it does not look like news after it.
                // What others wrote since it was read is news, and must not come before it.
                let mail = mailbox?.take() ?? []
                deliver(mail) { $0 != id || $1.isShown(at: twin.desired.version) }
                let answer = AMQPTwinAnswer.twin(twin.deviceView().serialized())
                peer.answer(request, .success(answer), showing: twin.desired.version, waits: keepsData, at: now)
                deliver(mail) { $0 == id && !$1.isShown(at: twin.desired.version) }
            case .patch(let body, let version):
                let result = body.withUnsafeBytes { bytes in
                    Result { () throws(IoTHubError) in
                        try shared.registry.patchReported(id, body: bytes, ifVersion: version)
                    }
                }
                let answer = AMQPTwinAnswer.reported(version: try result.get())
                traffic?.reportedUpdates.add()
                peer.answer(request, .success(answer), waits: keepsData, at: now)
            case .subscribe, .unsubscribe:
                let isOn = if case .subscribe = request.operation { true } else { false }
                peer.setSubscribed(id, isOn)
                withConnection(id) { shared.registry.setDesiredSubscription(id, connection: $0, isOn) }
                peer.answer(request, .success(AMQPTwinAnswer.done()), at: now)
            }
        } catch {
            traffic?.refused(error)
            log(.debug, "twin request refused", ["device": .string(id), "error": "\(error)"])
            peer.answer(request, .failure(error), at: now)
        }
    }

    private func takeMail() { deliver(mailbox?.take() ?? []) { _, _ in true } }

    private func deliver(
        _ mail: [(AMQPDeviceConnection, DesiredChange)],
        where fits: (_ id: String, DesiredChange) -> Bool
    ) {
        for (connection, change) in mail where connections[connection.deviceID] === connection {
            if fits(connection.deviceID, change) { peer.deliver(change, to: connection.deviceID) }
        }
    }

    private func withConnection(_ id: String, _ body: (AMQPDeviceConnection) -> Void) {
        if let connection = connections[id] { body(connection) }
    }

    // MARK: Storage and socket

    private func flush() {
        if let release = peer.seal() {
            sendWhenDurable { handler, result in
                let failure: IoTHubError? = if case .failure(let error) = result { error } else { nil }
                handler.peer.open(release, failure, at: handler.shared.now)
            }
        }
        // Counted before it is sent: whoever got it finds it counted.
        count()
        write(ByteBuffer(bytes: peer.takeOutput()))
    }

    /// Counts what the peer did by itself.
    private func count() {
        let done = peer.takeDone()
        if done.notifications > 0 { traffic?.notifications.add(done.notifications) }
        if done.authenticationFailures > 0 { traffic?.authenticationFailures.add(done.authenticationFailures) }
    }

    /// Calls `body` when all that was written is durable, and sends what comes of it.
    private func sendWhenDurable(_ body: @escaping (AMQPChannelHandler, Result<Void, IoTHubError>) -> Void) {
        whenDurable { handler, result in
            body(handler, result)
            handler.run(at: handler.shared.now)
            handler.flush()
        }
    }

    func conclude(_ end: AMQPCloseReason) -> ByteBuffer {
        peer.close(end)
        for (id, connection) in connections { shared.registry.disconnect(id, connection: connection) }
        connections = [:]
        mailbox = nil
        count()
        return ByteBuffer(bytes: peer.takeOutput())
    }
}
