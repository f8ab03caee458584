import AMQPEngine
import IoTHub
import NIOCore

/// The hub's end of one AMQP connection, without socket, clock or registry: bytes in; bytes and actions out.
///
/// After each call its owner carries out the actions that `next` gives until there are none, and sends `takeOutput`.
///
/// Source: OASIS, "AMQP Version 1.0"; Azure IoT Hub documentation, "Communicate with your IoT hub by using the AMQP
/// protocol".
final class AMQPPeer {
    /// What the owner of the socket has to do.
    enum Action {
        /// Make this connection the device's only one, and call `connected` or `refuse`.
        case connect(AMQPLinkRequest)
        /// Change the model id of a device that is connected.
        case setModelID(String, of: String)
        /// Tell the registry that the device is gone.
        case disconnect(String)
        /// Note why a device was not let in.
        case refused(String, IoTHubError)
        /// Tell the registry that the device wants no more desired changes.
        case endSubscription(String)
        /// Carry a twin request out, and call `answer`.
        case twin(AMQPTwinRequest)
        /// Close the connection once the output is written; nothing more comes.
        case close(AMQPCloseReason)
    }

    /// How long a new connection may take to open, TLS handshake included, and then to put its first token.
    static let patience = TimeAmount.seconds(60)
    /// The shortest idle time-out that a client may ask for, in milliseconds: time is looked at four times a second.
    static let shortestIdleTimeout: UInt32 = 1000
    /// What the hub announces as its idle time-out, in milliseconds; as the real one.
    static let idleTimeout: UInt32 = 240_000
    static let mechanisms = ["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"]

    let engine: AMQPConnection
    let authorizer: AMQPAuthorizer
    var tokens = AMQPTokens()
    /// What the client showed in the TLS handshake.
    var certificates: ClientCertificates?
    var devices: [String: AMQPDevice] = [:]
    var roles = AMQPLinkRoles()
    /// Replies on `$cbs` that wait for a link or its credit.
    var replies: [AMQPTokenReply] = []
    var pairCount = 0
    /// Whether the socket takes more; if not, twin messages stay in their queues.
    private(set) var isWritable = true
    /// Devices with messages that wait for the socket or the session's window.
    var blocked: Set<String> = []

    /// What was done since it was last asked for.
    struct Done {
        /// Changes of desired properties that were sent.
        var notifications = 0
        /// Credentials that were refused.
        var authenticationFailures = 0
    }

    var done = Done()

    // What waits for the storage; see `AMQPPeer+Durability`.
    var lastRelease = 0
    var openedRelease = 0
    var isReleaseNeeded = false
    var holding: Set<String> = []
    var heldBytes = 0

    private var actions: [Action] = []
    private var output: [UInt8] = []
    private var deadline: NIODeadline?
    private var nextTick: Int64 = 0
    private var usesPassword = false
    private var claimsCertificate = false
    private var isClosed = false

    /// Begins with a connection that was just made.
    init(authorizer: AMQPAuthorizer, at now: NIODeadline, idleTimeout: UInt32 = AMQPPeer.idleTimeout) {
        self.authorizer = authorizer
        var configuration = AMQPConfiguration(containerID: "twinfleet-hub")
        configuration.idleTimeout = idleTimeout
        engine = AMQPConnection(.server(mechanisms: Self.mechanisms), configuration)
        deadline = now + Self.patience
    }

    // MARK: In and out

    /// Takes bytes.
    func receive(_ bytes: UnsafeRawBufferPointer) { if !isClosed { engine.receive(bytes) } }

    /// The next thing to do; nil when there is nothing more.
    func next(at now: AMQPTime) -> Action? {
        while actions.isEmpty, !isClosed, let event = engine.nextEvent() { handle(event, at: now) }
        return actions.isEmpty ? nil : actions.removeFirst()
    }

    /// What is to be sent; empty when there is nothing.
    func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output.isEmpty ? engine.takeOutput() : output + engine.takeOutput()
    }

    /// What was done since the last call.
    func takeDone() -> Done {
        defer { done = Done() }
        return done
    }

    /// Puts what was said so far in front of what follows.
    ///
    /// Proton writes messages before outcomes, but to the C SDK and uamqp an answer before the outcome of its request is an
    /// error.
    func writeOutcomes() { output += engine.takeOutput() }

    /// Takes note of whether the socket takes more.
    func setWritable(_ isWritable: Bool) {
        self.isWritable = isWritable
        if isWritable { pumpBlocked() }
    }

    /// Checks the clock; to be called every now and then.
    /// - Returns: whether there may be something to do or to send.
    @discardableResult
    func timePassed(_ now: AMQPTime) -> Bool {
        let isTickDue = now.milliseconds >= nextTick
        let isOverdue = deadline.map { now.monotonic >= $0 } ?? false
        guard !isClosed, isTickDue || isOverdue || tokens.mayHaveExpired(at: now.wall.secondsSinceEpoch) else {
            return false
        }
        if isTickDue, let next = engine.tick(now.milliseconds) { nextTick = next }
        if isOverdue {
            guard engine.remote != nil else {
                close(.openTimedOut)
                return true
            }
            refuseConnection(
                IoTHubError(.iotHubUnauthorized, "no token came in time, and no device with a certificate"),
                at: now
            )
        }
        dropExpired(at: now)
        return true
    }

    // MARK: For the other parts

    func act(_ action: Action) { if !isClosed { actions.append(action) } }

    /// A first token is here, or a device that needs none.
    func stopWaiting() { deadline = nil }

    /// Ends the connection without a word.
    func close(_ reason: AMQPCloseReason) {
        guard !isClosed else { return }
        // What was to be done for devices is of no more use.
        actions = [.close(reason)]
        isClosed = true
    }

    /// Ends the connection with an error.
    func refuseConnection(_ error: IoTHubError, at now: AMQPTime) {
        let error = AMQPError(error, at: now.wall)
        engine.close(error)
        close(.refused(error))
    }

    // MARK: Events

    private func handle(_ event: AMQPEvent, at now: AMQPTime) {
        switch event {
        case .saslInit(let initial): logIn(initial, at: now)
        case .saslOutcome: break
        case .opened(let open): opened(open, at: now)
        case .sessionBegun(let session): engine.accept(session)
        case .sessionEnded(let session, _): forgetLinks(of: session)
        case .linkAttached(let link): attached(link, at: now)
        case .linkDetached(let link, _): forget(link)
        case .flow(let link): flowed(link, at: now)
        case .delivery(let delivery): received(delivery, at: now)
        case .settled: break
        case .closed(let error): close(.closedByClient(error))
        case .failed(let error): close(.violation(error))
        }
    }

    private func logIn(_ initial: AMQPSASLInit, at now: AMQPTime) {
        switch initial.mechanism {
        case "PLAIN":
            do throws(IoTHubError) {
                let login = try AMQPLogin(initial, hostNames: authorizer.hostNames)
                let seconds = now.wall.secondsSinceEpoch
                try authorizer.check(login.entry, for: login.scope, at: seconds)
                try tokens.put(login.entry, for: login.scope)
                usesPassword = true
                engine.answerSASL(.ok)
            } catch {
                done.authenticationFailures += 1
                engine.answerSASL(.auth)
                close(.refused(AMQPError(.unauthorizedAccess, error.message)))
            }
        case "EXTERNAL":
            // An outcome has no text, so if there is no certificate the error comes where it can have one.
            claimsCertificate = true
            engine.answerSASL(.ok)
        default:
            engine.answerSASL(.ok)
        }
    }

    private func opened(_ open: AMQPOpen, at now: AMQPTime) {
        if claimsCertificate, certificates == nil {
            done.authenticationFailures += 1
            let text = "EXTERNAL stands for a client certificate, and none was shown"
            return refuseConnection(IoTHubError(.iotHubUnauthorized, text), at: now)
        }
        if let timeout = open.idleTimeout, timeout < Self.shortestIdleTimeout {
            let text = "an idle-time-out of \(timeout) ms; \(Self.shortestIdleTimeout) ms is the least"
            return refuseConnection(IoTHubError(.invalidOperation, text), at: now)
        }
        engine.open()
        deadline = tokens.isEmpty ? now.monotonic + Self.patience : nil
    }

    private func dropExpired(at now: AMQPTime) {
        let seconds = now.wall.secondsSinceEpoch
        guard !isClosed, tokens.removeExpired(at: seconds) else { return }
        let error = IoTHubError(.iotHubUnauthorized, "the token has expired")
        // There is no way to put another.
        if usesPassword, tokens.isEmpty { return refuseConnection(error, at: now) }
        for (id, device) in devices where !device.isCertified && !tokens.cover(id, at: seconds) {
            drop(id, AMQPError(error, at: now.wall))
            act(.disconnect(id))
        }
    }
}
