internal import AMQPEngine
internal import CLinux
internal import Foundation

/// One AMQP connection over TLS or a WebSocket, with one device on it or a pool of them.
///
/// A connection that is lost takes its devices with it; each of them tries again in its own time.
// Safe: the lane calls it, and devices whose actors have the lane for their executor, so that everything happens on one
// serial queue.
final class AMQPDeviceConnection: LaneClient, @unchecked Sendable {
    /// Where to connect to, and how.
    struct Target {
        var route: HubRoute
        /// Of the route's host.
        var address: HostAddress
        var connectTimeout: Duration
        var idleTimeout: Duration
        var tls: DeviceTLS
        /// Of the only device on the connection; nil for devices with tokens.
        var certificate: DeviceCertificate?
        var session: TLSSession?

        func makeHandshake(_ session: TLSSession?) -> TLSHandshake {
            TLSHandshake(serverName: route.serverName, session: session, certificate: certificate)
        }
    }

    private enum Stage {
        /// The wait before the connect.
        case waiting
        /// TCP, TLS, and the WebSocket's handshake if there is one.
        case connecting
        /// AMQP's open, and the links for tokens.
        case opening
        case open
        /// Close is sent.
        case closing
        case over
    }

    private enum Timer: Int {
        case start, connecting, opening, tick, closing
    }

    /// Longest time from the start of the connect to an address to the open connection; shorter than a device waits in
    /// all.
    static let openTimeout = Duration.seconds(45)
    /// Longest wait for the hub's answer to close.
    private static let closeTimeout = Duration.seconds(5)
    private static let clockStart = ContinuousClock.now

    let engine: AMQPConnection
    private let lane: Lane
    private let target: Target
    private weak var place: AMQPPlace?
    private var stage = Stage.waiting
    private var addressIndex = 0
    private var socket: (any HubStream)?
    private var socketID: LaneLoop.SocketID?
    private var interest: UInt32 = 0
    private var handshake: TLSHandshake
    private var timers: [LaneLoop.TimerID?] = [nil, nil, nil, nil, nil]
    private var tokens: AMQPTokens?
    private var devices: [ObjectIdentifier: AMQPDevice] = [:]
    /// By the identities of their sessions, which they hold.
    private var devicesBySession: [ObjectIdentifier: AMQPDevice] = [:]
    /// The devices that have something in their inboxes, or have been lost.
    private var news: [AMQPDevice] = []
    private var isWorking = false

    init(to target: Target, lane: Lane, place: AMQPPlace) {
        self.target = target
        self.lane = lane
        self.place = place
        var configuration = AMQPConfiguration(containerID: UUID().uuidString, hostname: target.route.serverName)
        configuration.idleTimeout = UInt32(clamping: target.idleTimeout.nanoseconds / 1_000_000)
        engine = AMQPConnection(.client(nil), configuration)
        handshake = target.makeHandshake(target.session)
    }

    /// Whether devices may still join.
    var isAlive: Bool { stage != .closing && stage != .over }

    /// Connects, after a wait.
    func start(after delay: Duration) {
        if delay > .zero { return arm(.start, after: delay) }
        stage = .connecting
        connect()
    }

    /// Takes a device on.
    func add(_ device: AMQPDevice) {
        devices[ObjectIdentifier(device)] = device
        device.joined(self)
        if stage == .open { device.connectionOpened() }
    }

    /// Lets a device go.
    func remove(_ device: AMQPDevice, _ session: AMQPSession?) {
        guard devices.removeValue(forKey: ObjectIdentifier(device)) != nil else { return }
        tokens?.forget(device)
        news.removeAll { $0 === device }
        if let session {
            devicesBySession[ObjectIdentifier(session)] = nil
            engine.end(session)
        }
        work()
    }

    /// A device has begun its session.
    func began(_ session: AMQPSession, for device: AMQPDevice) { devicesBySession[ObjectIdentifier(session)] = device }

    func putToken(_ token: String, of device: AMQPDevice) {
        tokens?.put(token, for: device, audience: device.identity.audience)
    }

    func hasNews(_ device: AMQPDevice) { news.append(device) }

    /// Closes in peace; nobody is left on it.
    func close() {
        guard isAlive else { return }
        guard stage == .open else { return end(nil) }
        stage = .closing
        engine.close()
        arm(.closing, after: Self.closeTimeout)
        work()
    }

    // MARK: TCP and TLS

    private var peer: String { socket?.peer ?? "\(target.route.serverName):\(target.route.port)" }

    private func connect() {
        arm(.connecting, after: target.connectTimeout)
        arm(.opening, after: max(Self.openTimeout, target.connectTimeout))
        do throws(DeviceClientError) {
            let socket = try target.route.makeStream(
                address: target.address.addresses[addressIndex],
                tls: target.tls,
                handshake: handshake
            )
            interest = socket.interest
            self.socket = socket
            let descriptor = socket.descriptor
            let watched = lane.loop.assumeIsolated { [interest] loop in
                Result { () throws(DeviceClientError) in
                    try loop.watch(descriptor, for: interest, client: self)
                }
            }
            socketID = try watched.get()
        } catch {
            socketFailed(error)
        }
    }

    private func dropSocket() {
        if let id = socketID { lane.loop.assumeIsolated { $0.forget(id) } }
        socketID = nil
        socket = nil
    }

    private func socketFailed(_ error: DeviceClientError) {
        if stage == .connecting, error.reason == .communication, addressIndex + 1 < target.address.addresses.count {
            // The same host may listen on another of its addresses.
            dropSocket()
            addressIndex += 1
            handshake = target.makeHandshake(handshake.session)
            return connect()
        }
        end(error)
    }

    nonisolated func socketReady(_ events: UInt32) {
        lane.checkIsolated()
        guard let socket else { return }
        let hasMore = socket.socketReady(events) { engine.receive($0) }
        if stage == .connecting, socket.isOpen {
            stage = .opening
            disarm(.connecting)
            engine.open()
        }
        work()
        if let failure = socket.failure, self.socket === socket { socketFailed(failure) }
        if hasMore, self.socket === socket { lane.loop.assumeIsolated { $0.callAgain(self, with: events) } }
        work()
    }

    // MARK: Timers

    nonisolated func timerFired(_ kind: Int, _ id: LaneLoop.TimerID) {
        lane.checkIsolated()
        guard let timer = Timer(rawValue: kind), timers[kind] == id else { return }
        timers[kind] = nil
        switch timer {
        case .start: start(after: .zero)
        case .connecting: socketFailed(ConnectionFault.noAnswer(of: peer, within: target.connectTimeout))
        case .opening:
            let what = stage == .opening ? "did not open AMQP" : "did not answer"
            let message = "\(peer) \(what) within \(Self.openTimeout)"
            end(DeviceClientError(.communication, message))
        case .tick: tick()
        case .closing: end(nil)
        }
        work()
    }

    private func arm(_ timer: Timer, after delay: Duration) {
        timers[timer.rawValue] = lane.loop.assumeIsolated { [old = timers[timer.rawValue]] loop in
            if let old { loop.disarm(old) }
            return loop.arm(timer.rawValue, after: delay, client: self)
        }
    }

    private func disarm(_ timer: Timer) {
        guard let id = timers[timer.rawValue] else { return }
        timers[timer.rawValue] = nil
        lane.loop.assumeIsolated { $0.disarm(id) }
    }

    private func tick() {
        let now = (ContinuousClock.now - Self.clockStart).nanoseconds / 1_000_000 + 1
        guard let next = engine.tick(now) else { return }
        arm(.tick, after: .milliseconds(max(10, next - now)))
    }

    // MARK: AMQP

    /// Works off what has happened, lets the devices know, and sends what came of it.
    ///
    /// Devices called from here may send, and come back here; the outermost call does the work.
    func work() {
        guard !isWorking, stage != .over else { return }
        isWorking = true
        var isDone = false
        while !isDone {
            isDone = true
            while let event = engine.nextEvent() {
                handle(event)
                isDone = false
            }
            if !news.isEmpty {
                isDone = false
                let devices = news
                news = []
                // One that had more to say is in the list again, and finds its inbox empty.
                for device in devices { device.client?.connectionHasNews() }
            }
            // A socket that is not connected may be given up for one to another address.
            let output = stage == .waiting || stage == .connecting ? [] : engine.takeOutput()
            if !output.isEmpty {
                isDone = false
                socket?.send(output)
            }
        }
        isWorking = false
        if let failure = socket?.failure, stage != .connecting { return end(failure) }
        updateInterest()
    }

    private func updateInterest() {
        guard let socket, let id = socketID else { return }
        let interest = socket.interest
        guard interest != self.interest else { return }
        self.interest = interest
        lane.loop.assumeIsolated { [descriptor = socket.descriptor] in $0.change(id, descriptor, to: interest) }
    }

    private func handle(_ event: AMQPEvent) {
        switch event {
        case .opened: opened()
        case .closed(let error):
            if stage == .closing { return end(nil) }
            end(AMQPFault.error(error, what: "the connection"))
        case .failed(let error):
            end(DeviceClientError(.communication, "the connection to \(peer) is gone: \(error)"))
        case .linkAttached(let link):
            if let device = device(of: link.session) { device.linkAttached(link) } else { tokens?.flush() }
        case .flow(let link):
            if let device = device(of: link.session) { device.creditChanged() } else { tokens?.flush() }
        case .delivery(let delivery):
            if let device = device(of: delivery.link.session) {
                device.received(delivery)
            } else if delivery.link.session === tokens?.session {
                tokens?.received(delivery)
            }
        case .settled(let id, let outcome): if id.link.session === tokens?.session { tokens?.settled(id, outcome) }
        case .linkDetached(let link, let error):
            if let device = device(of: link.session) {
                device.ended(error, what: "the twin link of '\(device.identity.ownAddress)'")
            } else if link.session === tokens?.session {
                end(AMQPFault.error(error, what: "the link for tokens"))
            }
        case .sessionEnded(let session, let error): sessionEnded(session, error)
        case .sessionBegun, .saslInit, .saslOutcome: break
        }
    }

    private func device(of session: AMQPSession) -> AMQPDevice? { devicesBySession[ObjectIdentifier(session)] }

    private func sessionEnded(_ session: AMQPSession, _ error: AMQPError?) {
        if session === tokens?.session { return end(AMQPFault.error(error, what: "the session for tokens")) }
        guard let device = device(of: session) else { return }
        device.ended(error, what: "the session of '\(device.identity.ownAddress)'")
    }

    private func opened() {
        guard stage == .opening else { return }
        stage = .open
        disarm(.opening)
        place?.connectionOpened()
        if target.certificate == nil {
            do throws(AMQPError) { tokens = try AMQPTokens(engine) } catch {
                return end(AMQPFault.error(error, what: "the session for tokens"))
            }
        }
        tick()
        for device in devices.values { device.connectionOpened() }
    }

    /// The connection is over, for a reason, or because nobody needs it any more.
    private func end(_ error: DeviceClientError?) {
        guard stage != .over else { return }
        let wasOpen = stage == .open
        stage = .over
        socket?.send(engine.takeOutput())
        socket?.shutdown()
        dropSocket()
        for timer in [Timer.start, .connecting, .opening, .tick, .closing] { disarm(timer) }
        place?.connectionEnded(self, session: handshake.session, wasOpen: wasOpen, isFault: error != nil)
        let lost = devices.values.map(\.self)
        devices = [:]
        devicesBySession = [:]
        news = []
        tokens = nil
        let reason = error ?? DeviceClientError(.closed, "the connection was closed")
        for device in lost { device.connectionLost(reason) }
        for device in lost { device.client?.connectionHasNews() }
    }
}
