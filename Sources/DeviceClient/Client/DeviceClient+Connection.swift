internal import CLinux
internal import IoTHub
internal import Logging

extension DeviceClient: LaneClient {
    nonisolated func socketReady(_ events: UInt32) {
        assumeIsolated { client in
            guard let connection = client.link.mosquitto else { return }
            connection.socketReady(events)
            client.workOffNews()
        }
    }

    nonisolated func timerFired(_ kind: Int, _ id: LaneLoop.TimerID) {
        assumeIsolated { client in
            guard let kind = TimerKind(rawValue: kind), client.timers[kind.rawValue] == id else { return }
            client.timers[kind.rawValue] = nil
            client.timerFired(kind)
        }
    }

    private func timerFired(_ kind: TimerKind) {
        switch kind {
        case .machine:
            if machine.isConnecting, choice.next != nil {
                connectionWasLost(DeviceClientError(.timedOut, "the hub did not accept the connection in time"))
            } else {
                apply(machine.timerFired(random: Double.random(in: 0..<1)))
            }
        case .connect:
            guard let connection = link.mosquitto, connection.isHandshaking else { return }
            let time = setup.options.connectTimeout
            connectionWasLost(ConnectionFault.noAnswer(of: connection.peer, within: time))
        case .opening: waitingTimedOut()
        case .keepAlive:
            link.mosquitto?.checkKeepAlive()
            armKeepAlive()
            workOffNews()
        case .requests: expireRequests()
        case .token: tokenEnds()
        }
    }

    func arm(_ kind: TimerKind, after delay: Duration) {
        timers[kind.rawValue] = lane.loop.assumeIsolated { [timer = timers[kind.rawValue]] loop in
            if let timer { loop.disarm(timer) }
            return loop.arm(kind.rawValue, after: delay, client: self)
        }
    }

    func disarm(_ kind: TimerKind) {
        guard let timer = timers[kind.rawValue] else { return }
        timers[kind.rawValue] = nil
        lane.loop.assumeIsolated { $0.disarm(timer) }
    }

    private func armKeepAlive() {
        guard link.mosquitto != nil else { return }
        // libmosquitto counts whole seconds; a tenth keeps a ping well within the hub's grace of half a period.
        arm(.keepAlive, after: min(max(setup.options.keepAlive / 10, .seconds(1)), .seconds(15)))
    }

    // MARK: What the machine wants

    func apply(_ actions: [ConnectionMachine.Action]) {
        for action in actions { apply(action) }
        // A write that failed on the way shows now.
        if !actions.isEmpty { workOffNews() }
    }

    private func apply(_ action: ConnectionMachine.Action) {
        switch action {
        case .connect: connect()
        case .drop: dropConnection()
        case .disconnect:
            link.connection?.disconnect()
            dropConnection()
        case .subscribe(let subscriptions): link.connection?.subscribe(to: subscriptions)
        case .unsubscribe(let subscription): link.connection?.unsubscribe(from: subscription)
        case .readTwin: readTwinToCatchUp()
        case .startTimer(let delay): arm(.machine, after: delay)
        case .stopTimer: disarm(.machine)
        case .tell(let status, let reason):
            setup.options.logger.debug("\(deviceID): \(status), \(reason)")
            statusHandler?(status, reason)
        case .becomeReady:
            disarm(.opening)
            resumeWaiters(.success(()))
            sendWaiting()
        case .failInFlight(let error):
            for reply in pending.failInFlight() { answer(reply, .failure(error)) }
        case .failAll(let error):
            for kind in TimerKind.allCases { disarm(kind) }
            resumeWaiters(.failure(error))
            for reply in pending.failAll() { answer(reply, .failure(error)) }
            releasePlace()
        }
    }

    private func tokenEnds() {
        if setup.credential.certificate != nil { return lookAtCertificate() }
        guard setup.credential.isRenewable else { return apply(machine.tokenExpired()) }
        guard link.amqp != nil else { return apply(machine.renewalDue(inFlight: pending.inFlightCount)) }
        renewToken()
        workOffNews()
    }

    // MARK: Connecting

    private func connect() {
        if let problem = certificateProblem { return apply(machine.lost(problem, random: .random(in: 0..<1))) }
        choice.begin(isOpening: machine.isOpening, avoidsFirst: knowsTCPIsSilent)
        link.silentPort = nil
        if machine.canHaveMissedChanges, desiredHandler != nil {
            tracker.beginCatchUp()
        } else {
            tracker.endCatchUp()
        }
        goOneWay()
    }

    /// The way to the hub that is tried, or in use.
    var route: HubRoute { setup.route(over: choice.current) }

    /// The TCP port of a device that has a choice.
    private var tcpPort: SilentPorts.Port? {
        guard let tcp = transport.alternatives.first, transport.alternatives.count > 1 else { return nil }
        let route = setup.route(over: tcp)
        return SilentPorts.Port(host: route.host, port: route.port)
    }

    private var knowsTCPIsSilent: Bool {
        guard let tcpPort, choice.active == nil else { return false }
        return lane.loop.assumeIsolated { $0.silentPorts.avoids(tcpPort, at: .now) }
    }

    /// Tells the other devices of the lane what this one has found out about TCP.
    private func shareWhatGotThrough() {
        guard let tcpPort else { return }
        let silentPort = link.silentPort
        let isTCP = !choice.current.isWebSocket
        lane.loop.assumeIsolated { loop in
            if isTCP {
                loop.silentPorts.forget(tcpPort)
            } else if let silentPort {
                loop.silentPorts.note(silentPort, at: .now)
            }
        }
    }

    private func goOneWay() {
        link.attempt += 1
        link.wayBegan = .now
        link.address = nil
        link.addressIndex = 0
        let route = route
        let known = route.proxy == nil ? setup.options.address : nil
        if let address = known ?? HostAddress(numeric: route.host) {
            link.address = address
            return startConnection()
        }
        Task { [host = route.host, attempt = link.attempt] in
            do {
                let address = try await HostAddress.resolve(host)
                self.found(address, attempt: attempt)
            } catch {
                let error = error as? DeviceClientError ?? DeviceClientError(.communication, "\(error)")
                if self.link.attempt == attempt { self.lookUpFailed(error, of: host) }
            }
        }
    }

    private func lookUpFailed(_ error: DeviceClientError, of host: String) {
        // Only another host, a proxy, makes another transport worth trying.
        if let next = choice.next, setup.route(over: next).host != host { return connectionWasLost(error) }
        apply(machine.lost(error, random: .random(in: 0..<1)))
    }

    private func found(_ address: HostAddress, attempt: UInt64) {
        guard attempt == link.attempt, machine.isConnecting, link.connection == nil else { return }
        link.address = address
        startConnection()
    }

    private func startConnection() {
        guard let address = link.address, link.addressIndex < address.addresses.count else { return }
        let addresses = address.addresses
        do throws(DeviceClientError) {
            let token = try setup.credential.token(
                for: setup.identity.resource,
                now: setup.clock()
            )
            if let token, token.usableFor <= .zero { return apply(machine.tokenExpired()) }
            if transport.isAMQP { return join(token, address) }
            let connection = try connect(to: addresses[link.addressIndex], password: token?.text)
            link.connection = connection
            link.mosquitto = connection
            link.socket = connection.descriptor
            // A socket that is not connected yet becomes writable when it is.
            link.interest = UInt32(EPOLLIN.rawValue | EPOLLOUT.rawValue)
            let watched = lane.loop.assumeIsolated { [link] loop in
                Result { () throws(DeviceClientError) in
                    try loop.watch(link.socket, for: link.interest, client: self)
                }
            }
            link.socketID = try watched.get()
            if let token { arm(.token, after: token.usableFor) } else { lookAtCertificate() }
            arm(.connect, after: setup.options.connectTimeout)
            armKeepAlive()
        } catch {
            connectionWasLost(error)
        }
    }

    /// Starts to connect to an address with MQTT.
    private func connect(to address: String, password: String?) throws(DeviceClientError) -> MosquittoConnection {
        let route = route
        let handshake = TLSHandshake(
            serverName: setup.serverName,
            session: link.session,
            certificate: setup.credential.certificate
        )
        let connection = try MosquittoConnection(
            identity: setup.identity,
            password: password,
            tls: route.transport.isWebSocket ? nil : setup.tls,
            handshake: handshake
        )
        let keepAlive = Int(setup.options.keepAlive / .seconds(1))
        if route.transport.isWebSocket {
            let listener = lane.loop.assumeIsolated { loop in
                Result { () throws(DeviceClientError) in try loop.localListener() }
            }
            let stream = try route.makeStream(address: address, tls: setup.tls, handshake: handshake)
            connection.connect(through: MosquittoTunnel(stream, try listener.get()), keepAlive: keepAlive)
        } else {
            try connection.connect(address: address, port: route.port, keepAlive: keepAlive)
        }
        return connection
    }

    private func dropConnection() {
        disarm(.keepAlive)
        disarm(.connect)
        // A connect that is being looked up is not waited for any more.
        link.attempt += 1
        link.connection = nil
        leaveAMQPConnection()
        guard let connection = link.mosquitto else { return }
        link.session = connection.handshake.session
        link.mosquitto = nil
        if let id = link.socketID { lane.loop.assumeIsolated { $0.forget(id) } }
        link.socketID = nil
    }

    private func connectionWasLost(_ error: DeviceClientError) {
        setup.options.logger.debug("\(deviceID): \(error)")
        let next = link.addressIndex + 1
        // Over AMQP the connection, which devices may share, sees to that itself.
        if !transport.isAMQP, machine.isConnecting, error.reason == .communication, let address = link.address,
            next < address.addresses.count
        {
            // The same host may listen on another of its addresses.
            let attempt = link.attempt
            dropConnection()
            link.attempt = attempt
            link.addressIndex = next
            return startConnection()
        }
        guard machine.isConnecting else { return apply(machine.lost(error, random: .random(in: 0..<1))) }
        let hasWaited = ContinuousClock.now - link.wayBegan >= setup.options.connectTimeout
        if hasWaited, !choice.current.isWebSocket { link.silentPort = tcpPort }
        switch choice.failed(error, words: route.words) {
        case .over(let error): apply(machine.lost(error, random: .random(in: 0..<1)))
        case .next:
            dropConnection()
            apply(machine.triesAnotherWay())
            goOneWay()
        }
    }

    // MARK: What the connection brings

    /// Works off what the connection has brought, then sees whether it still stands and what it waits for.
    ///
    /// Handlers called from here may send, and come back here; the outermost call does the work.
    func workOffNews() {
        guard !link.isWorking, let connection = link.connection else { return }
        link.isWorking = true
        var events: [LinkEvent] = []
        while link.connection === connection, !connection.inbox.isEmpty {
            swap(&events, &connection.inbox)
            for event in events {
                // What was in the inbox of a connection that has been dropped since is of no use.
                guard link.connection === connection else { break }
                handle(event)
            }
            events.removeAll(keepingCapacity: true)
        }
        link.isWorking = false
        guard link.connection === connection else { return workOffNews() }
        if let loss = connection.loss { return connectionWasLost(loss) }
        // Its storage serves again.
        swap(&events, &connection.inbox)
        link.amqp?.flush()
        if let connection = link.mosquitto { updateInterest(connection) }
    }

    private func updateInterest(_ connection: MosquittoConnection) {
        let interest = connection.interest
        if interest != link.interest, let id = link.socketID {
            link.interest = interest
            lane.loop.assumeIsolated { [socket = link.socket] in $0.change(id, socket, to: interest) }
        }
        if connection.hasMoreToRead {
            lane.loop.assumeIsolated { $0.callAgain(self, with: UInt32(EPOLLIN.rawValue)) }
        }
    }

    private func handle(_ event: LinkEvent) {
        switch event {
        case .accepted:
            shareWhatGotThrough()
            if let report = choice.accepted() {
                setup.options.logger.info("\(deviceID): connected over \(choice.current); \(report)")
            }
            apply(machine.accepted())
        case .refused(let error):
            link.connection?.lose(error)
            apply(machine.lost(error, random: .random(in: 0..<1)))
        case .acknowledged: apply(machine.acknowledged())
        case .desired(let version, let properties): received(properties, version: version)
        case .answered(let answer): received(answer)
        case .unsendable(let rid, let error): unsendable(rid, error)
        case .malformed(let what): setup.options.logger.warning("\(deviceID): ignored \(what)")
        }
    }
}
