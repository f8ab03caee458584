import IoTHub
import Logging
import NIOCore

/// Carries bytes between a connection and a session, and the session's actions to the registry.
final class MQTTChannelHandler: DeviceChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var state: DeviceChannelState
    private let shared: MQTTShared
    private let traffic: TrafficTally?
    private var decoder = MQTTFrameDecoder()
    private var session: MQTTSession
    private var connection: MQTTDeviceConnection?
    private var deviceID: String?
    private var output: MQTTOutput
    private var unreadBytes = 0

    init(shared: MQTTShared, loop: DeviceLoop) {
        self.shared = shared
        traffic = shared.traffic
        state = DeviceChannelState(on: loop)
        session = MQTTSession(at: shared.clock.now())
        output = MQTTOutput(canWait: shared.registry.keepsData)
    }

    var registry: TwinRegistry { shared.registry }
    var logger: Logger { shared.logger }
    var logMetadata: Logger.Metadata { ["device": .string(deviceID ?? "?")] }
    var heldBytes: Int { output.heldBytes }

    // MARK: Events of the channel

    func receive(_ bytes: ByteBuffer) {
        decoder.append(bytes)
        let now = shared.clock.now()
        do throws(MQTTDecodingError) {
            while !state.isFinished, let frame = try decoder.next() {
                run(session.received(try MQTTClientPacket(frame), at: now), at: now)
            }
            decoder.compact()
        } catch {
            run(session.close(.malformed(error)), at: now)
        }
    }

    func readCompleted() { flush() }

    func writabilityChanged(to isWritable: Bool) {
        if isWritable { unreadBytes = 0 }
    }

    // MARK: Events from elsewhere, on the loop

    /// Sends the desired changes that the registry handed over.
    func deliverWaitingChanges() {
        sendWaitingChanges()
        // Answers need no such bound: while they wait, no more requests are read.
        if let context = state.context, !context.channel.isWritable {
            unreadBytes += output.readableBytes
            if unreadBytes > Self.maximumHeldBytes {
                output.drop()
                finish(.notReading)
            }
        }
        flush()
    }

    func timePassed(_ now: NIODeadline) { run(session.timePassed(now), at: now) }

    func close(because reason: DeviceCloseReason) { run(session.close(.hub(reason)), at: shared.clock.now()) }

    // MARK: The session's actions

    private func run(_ actions: [MQTTSession.Action], at now: NIODeadline) {
        for action in actions {
            switch action {
            case .send(let packet): output.write(packet)
            case .authenticate(let login): run(authenticate(login, at: now), at: now)
            case .answerTwinGet(let requestID): answerTwinGet(requestID)
            case .answerReportedPatch(let patch): answer(patch)
            case .setDesiredSubscription(let isOn):
                withDevice { shared.registry.setDesiredSubscription($0, connection: $1, isOn) }
            case .keep(let subscriptions):
                withDevice { shared.registry.keepSession(subscriptions, of: $0, connection: $1) }
                output.require(.durabilityOrEnd)
            case .close(let reason): finish(reason)
            }
        }
    }

    private func authenticate(_ login: MQTTLogin, at now: NIODeadline) -> [MQTTSession.Action] {
        guard let context = state.context else { return [] }
        let id = login.deviceID
        deviceID = id
        let device = shared.registry.authenticationData(of: id)
        if device == nil { shared.registry.removeSessionOfUnknown(id) }
        let seconds = shared.clock.secondsSinceEpoch()
        let verdict = shared.credentials.verdict(
            on: login,
            certificates: context.clientCertificates(shared.clients),
            device: device,
            at: seconds
        )
        switch verdict {
        case .refused(let code, let why):
            return session.refuse(code, why)
        case .accepted(let tokenExpiry):
            let connection = MQTTDeviceConnection(self, over: shared.transport, eventLoop: context.eventLoop)
            let restored: MQTTSubscriptionSet?
            do throws(IoTHubError) {
                restored = try shared.registry.connect(
                    id,
                    connection: connection,
                    modelID: login.userName.modelID,
                    isPersistent: !login.cleanSession
                )
            } catch {
                return session.refuse(
                    error.code == .deviceDisabled ? .serverUnavailable : .notAuthorized,
                    error.message
                )
            }
            self.connection = connection
            output.require(.durabilityOrEnd)
            log(.debug, "device connected", ["session": restored == nil ? "new" : "resumed"])
            return session.accept(
                restored: restored,
                lifetime: tokenExpiry.flatMap { MQTTTokenLifetime.left(until: $0, at: seconds) },
                at: now
            )
        }
    }

    private func answerTwinGet(_ requestID: String) {
        withDevice { id, _ in
            do throws(IoTHubError) {
                let twin = try shared.registry.twinForDevice(id)
                traffic?.twinReads.add()
                // What the twin contains already was handed over by now; sent first, it does not look like news after it.
                // What others wrote since it was read is news, and must not come before it.
                let changes = DesiredChange.parted(connection?.takeWaitingChanges() ?? [], at: twin.desired.version)
                send(changes.shown)
                let body = twin.deviceView().serialized()
                output.write(MQTTTwinAnswer.twin(body, requestID: requestID), showing: twin.desired.version)
                send(changes.news)
            } catch {
                traffic?.refused(error)
                output.write(failure(error, requestID))
            }
        }
    }

    private func answer(_ patch: MQTTReportedPatch) {
        withDevice { id, _ in
            do throws(IoTHubError) {
                let version = try patch.apply(to: shared.registry, deviceID: id)
                traffic?.reportedUpdates.add()
                guard let requestID = patch.requestID else {
                    // It may still have asked for a PUBACK.
                    output.require(.durabilityOrEnd)
                    return
                }
                output.write(MQTTTwinAnswer.reported(version: version, requestID: requestID), answering: requestID)
            } catch {
                traffic?.refused(error)
                log(.debug, "reported patch refused", ["error": "\(error)"])
                guard let requestID = patch.requestID else { return }
                output.write(failure(error, requestID))
            }
        }
    }

    private func failure(_ error: IoTHubError, _ requestID: String) -> MQTTServerPacket {
        MQTTTwinAnswer.failure(error, requestID: requestID, at: shared.registry.now())
    }

    private func sendWaitingChanges() { send(connection?.takeWaitingChanges() ?? []) }

    private func send(_ changes: [DesiredChange]) {
        for change in changes {
            // Packets, then maybe the end.
            for action in session.desiredPropertiesChanged(change) {
                if case .send(let packet) = action {
                    output.write(packet, notifyingOf: change.version)
                    traffic?.notifications.add()
                } else {
                    run([action], at: shared.clock.now())
                }
            }
        }
    }

    private func withDevice(_ body: (String, MQTTDeviceConnection) -> Void) {
        if let deviceID, let connection { body(deviceID, connection) }
    }

    // MARK: The socket

    private func flush() {
        switch output.flush() {
        case .send(let bytes): write(bytes)
        case .hold: break
        case .wait(let release, let ends):
            whenDurable { handler, result in handler.open(release, result, ends: ends) }
        }
    }

    /// Sends what waited for the storage.
    private func open(_ release: Int, _ result: Result<Void, IoTHubError>, ends: Bool) {
        switch result {
        case .success:
            write(output.open(release))
        case .failure(let error):
            if ends { return finish(.failed(error.message)) }
            write(
                output.open(release) { requestID in
                    var bytes = ByteBuffer()
                    bytes.write(self.failure(error, requestID))
                    return bytes
                }
            )
        }
    }

    func conclude(_ end: MQTTCloseReason) -> ByteBuffer {
        _ = session.close(end)
        if end.isAuthenticationFailure { traffic?.authenticationFailures.add() }
        withDevice { shared.registry.disconnect($0, connection: $1) }
        connection = nil
        return output.takeLast()
    }
}
