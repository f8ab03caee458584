import Testing

@testable import DeviceClient

private typealias Action = ConnectionMachine.Action

@Suite struct ConnectionMachineTests {
    private static let lost = DeviceClientError(.communication, "gone")
    private static let attempt = Action.startTimer(ConnectionMachine.attemptTimeout)

    /// A machine that has become ready, with or without a subscription to desired changes.
    private func ready(desired: Bool = true) -> ConnectionMachine {
        var machine = ConnectionMachine()
        _ = machine.setWantsDesiredChanges(desired)
        _ = machine.open()
        _ = machine.accepted()
        _ = machine.acknowledged()
        #expect(machine.isReady)
        return machine
    }

    @Test("opening connects, subscribes and becomes ready")
    func open() {
        var machine = ConnectionMachine()
        #expect(machine.open() == [Self.attempt, .connect])
        #expect(machine.open() == [])
        #expect(machine.accepted() == [.subscribe([.responses])])
        #expect(machine.acknowledged() == [.stopTimer, .tell(.connected, .connectionOk), .becomeReady])
        #expect(machine.status == .connected)
        #expect(machine.open() == [])
    }

    @Test("a subscription made while ready is acknowledged before readiness returns")
    func subscribeLater() {
        var machine = ready(desired: false)
        #expect(machine.setWantsDesiredChanges(true) == [Self.attempt, .subscribe([.desiredChanges])])
        #expect(!machine.isReady)
        #expect(machine.acknowledged() == [.stopTimer, .becomeReady])
        #expect(machine.setWantsDesiredChanges(false) == [Self.attempt, .unsubscribe(.desiredChanges)])
        #expect(machine.acknowledged() == [.stopTimer, .becomeReady])
    }

    @Test("a mind changed while a subscription is on its way is heeded after it")
    func changedMind() {
        var machine = ready(desired: false)
        _ = machine.setWantsDesiredChanges(true)
        #expect(machine.setWantsDesiredChanges(false) == [])
        #expect(machine.acknowledged() == [.unsubscribe(.desiredChanges)])
        #expect(machine.acknowledged() == [.stopTimer, .becomeReady])
    }

    @Test("a subscription after a version was seen reads the twin first")
    func subscribeAfterRead() {
        var machine = ready(desired: false)
        machine.canHaveMissedChanges = true
        _ = machine.setWantsDesiredChanges(true)
        #expect(machine.acknowledged() == [.readTwin])
        #expect(machine.twinWasRead() == [.stopTimer, .becomeReady])
    }

    @Test("a loss is retried, and the twin is read before the device is ready again")
    func reconnect() {
        var machine = ready()
        #expect(
            machine.lost(Self.lost, random: 0.5) == [
                .drop, .failInFlight(Self.lost), .tell(.disconnectedRetrying, .communicationError),
                .startTimer(.milliseconds(100)),
            ]
        )
        #expect(machine.lost(Self.lost, random: 0.5) == [])
        #expect(machine.timerFired(random: 0.5) == [Self.attempt, .connect])
        #expect(machine.accepted() == [.subscribe([.responses, .desiredChanges])])
        #expect(machine.acknowledged() == [.readTwin])
        #expect(machine.twinWasRead() == [.stopTimer, .tell(.connected, .connectionOk), .becomeReady])
    }

    @Test("waits grow with each failure in a row and start over after a success")
    func waits() {
        var machine = ready()
        var waits: [Duration] = []
        for _ in 0..<3 {
            for case .startTimer(let wait) in machine.lost(Self.lost, random: 0.5) { waits.append(wait) }
            _ = machine.timerFired(random: 0.5)
        }
        #expect(waits == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
        _ = machine.accepted()
        _ = machine.acknowledged()
        _ = machine.twinWasRead()
        #expect(machine.lost(Self.lost, random: 0.5).last == .startTimer(.milliseconds(100)))
    }

    @Test(
        "a refusal ends an opening at once",
        arguments: [
            (DeviceClientError(.unauthorized, "no"), ConnectionStatusChangeReason.badCredential),
            (DeviceClientError(.untrustedCertificate, "no"), .communicationError),
            (DeviceClientError(.systemLimit, "no"), .communicationError),
            (DeviceClientError(.deviceNotFound, "no"), .deviceDisabled),
        ]
    )
    func refused(_ error: DeviceClientError, _ reason: ConnectionStatusChangeReason) {
        var machine = ConnectionMachine()
        _ = machine.open()
        #expect(
            machine.lost(error, random: 0) == [
                .drop, .failInFlight(error), .stopTimer, .tell(.disconnected, reason), .failAll(error),
            ]
        )
        #expect(machine.needsOpen)
        #expect(machine.open() == [Self.attempt, .connect])
    }

    @Test("a certificate that fails after a time of connection is tried again")
    func certificateLater() {
        var machine = ready()
        let error = DeviceClientError(.untrustedCertificate, "expired")
        #expect(machine.lost(error, random: 0.5).last == .startTimer(.milliseconds(100)))
    }

    @Test("NoRetry gives up at the first fault")
    func noRetry() {
        var machine = ConnectionMachine()
        machine.policy = NoRetry()
        _ = machine.open()
        #expect(
            machine.lost(Self.lost, random: 0) == [
                .drop, .failInFlight(Self.lost), .stopTimer, .tell(.disconnected, .retryExpired), .failAll(Self.lost),
            ]
        )
    }

    @Test("a hub that does not answer in time counts as lost")
    func silence() {
        var machine = ready()
        _ = machine.lost(Self.lost, random: 0)
        _ = machine.timerFired(random: 0)
        for case .failInFlight(let error) in machine.timerFired(random: 0) { #expect(error.reason == .timedOut) }
        _ = machine.timerFired(random: 0)
        _ = machine.accepted()
        #expect(machine.timerFired(random: 0).first == .drop)
    }

    @Test("a twin that cannot be read now is read later, on the same connection")
    func throttledRead() {
        var machine = ready()
        _ = machine.lost(Self.lost, random: 0)
        _ = machine.timerFired(random: 0)
        _ = machine.accepted()
        _ = machine.acknowledged()
        let throttled = DeviceClientError(.throttled, status: 429, "slow down")
        #expect(machine.readingTwinFailed(throttled, random: 0.5) == [.startTimer(.milliseconds(200))])
        #expect(machine.timerFired(random: 0) == [.readTwin, Self.attempt])
        #expect(machine.twinWasRead().last == .becomeReady)
    }

    @Test("a renewal waits for answers, then reconnects without a word")
    func renewal() {
        var machine = ready()
        #expect(machine.renewalDue(inFlight: 2) == [.startTimer(ConnectionMachine.drainTimeout)])
        #expect(machine.isDraining)
        #expect(machine.drained() == [.disconnect, Self.attempt, .connect])
        #expect(machine.status == .connected)
        _ = machine.accepted()
        #expect(machine.acknowledged() == [.readTwin])
        #expect(machine.twinWasRead() == [.stopTimer, .becomeReady])
    }

    @Test("a renewal without anything in flight reconnects at once")
    func idleRenewal() {
        var machine = ready()
        #expect(machine.renewalDue(inFlight: 0) == [.disconnect, Self.attempt, .connect])
    }

    @Test("a renewal does not wait for ever")
    func stuckRenewal() {
        var machine = ready()
        _ = machine.renewalDue(inFlight: 1)
        let actions = machine.timerFired(random: 0)
        guard case .failInFlight = actions.first else {
            Issue.record("what is in flight does not fail")
            return
        }
        #expect(actions.dropFirst() == [.disconnect, Self.attempt, .connect])
    }

    @Test("a renewal that comes too early happens once the device is ready")
    func earlyRenewal() {
        var machine = ConnectionMachine()
        _ = machine.open()
        _ = machine.accepted()
        #expect(machine.renewalDue(inFlight: 0) == [])
        #expect(machine.acknowledged().suffix(3) == [.disconnect, Self.attempt, .connect])
    }

    @Test("a token that ends for good disconnects")
    func expiredToken() {
        var machine = ready()
        let actions = machine.tokenExpired()
        #expect(actions.prefix(3) == [.disconnect, .stopTimer, .tell(.disconnected, .expiredSASToken)])
        #expect(machine.needsOpen)
    }

    @Test("closing is the end, from anywhere")
    func close() {
        for var machine in [ConnectionMachine(), ready()] {
            let actions = machine.close()
            #expect(actions.prefix(3) == [.disconnect, .stopTimer, .tell(.disabled, .clientClose)])
            guard case .failAll(let error) = actions.last else {
                Issue.record("nothing fails")
                continue
            }
            #expect(error.reason == .closed)
            #expect(machine.close() == [])
            #expect(machine.open() == [])
            #expect(machine.lost(Self.lost, random: 0) == [])
        }
    }

    @Test("an opening that nobody waits for stops, and can begin anew")
    func cancelled() {
        var machine = ConnectionMachine()
        _ = machine.open()
        #expect(machine.cancelOpening().prefix(2) == [.drop, .stopTimer])
        #expect(machine.timerFired(random: 0) == [])
        #expect(machine.open() == [Self.attempt, .connect])
        var other = ready()
        #expect(other.cancelOpening() == [])
    }

    @Test("an opening that takes too long names the last fault")
    func openingTimedOut() {
        var machine = ConnectionMachine()
        _ = machine.open()
        _ = machine.lost(Self.lost, random: 0)
        guard case .failAll(let error) = machine.openingTimedOut().last else {
            Issue.record("the opening goes on")
            return
        }
        #expect(error.reason == .timedOut)
        #expect(error.message.contains("gone"))
    }

    @Test("another way to the hub gets the time of a first one, while connecting only")
    func anotherWay() {
        var machine = ConnectionMachine()
        #expect(machine.triesAnotherWay() == [])
        _ = machine.open()
        #expect(machine.triesAnotherWay() == [Self.attempt])
        #expect(machine.isConnecting)
        var other = ready()
        #expect(other.triesAnotherWay() == [])
    }
}
