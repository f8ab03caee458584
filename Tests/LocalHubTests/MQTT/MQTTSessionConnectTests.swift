import NIOCore
import Testing

@testable import LocalHub

@Suite("a session's beginning and end")
struct MQTTSessionConnectTests {
    static func refusal(_ code: MQTTConnectReturnCode) -> MQTTSession.Action {
        .send(.connectAcknowledgement(code, sessionPresent: false))
    }

    static func reason(_ actions: [MQTTSession.Action]) -> MQTTCloseReason? {
        if case .close(let reason) = actions.last { reason } else { nil }
    }

    @Test("a CONNECT in order is checked, then accepted")
    func accept() throws {
        var driver = SessionDriver()
        let connect = SessionDriver.connect()
        #expect(driver.receive(.connect(connect)) == [.authenticate(try MQTTLogin(connect))])
        let actions = driver.session.accept(restored: nil, lifetime: nil, at: driver.now)
        #expect(actions == [Self.refusal(.accepted)])
        #expect(driver.receive(.pingRequest) == [.send(.pingResponse)])
    }

    @Test("a resumed session says so, and its subscription to desired properties counts at once")
    func resume() {
        var driver = SessionDriver()
        _ = driver.receive(.connect(SessionDriver.connect()))
        var kept = MQTTSubscriptionSet()
        kept[.desiredProperties] = .atLeastOnce
        let actions = driver.session.accept(restored: kept, lifetime: nil, at: driver.now)
        #expect(
            actions == [
                .send(.connectAcknowledgement(.accepted, sessionPresent: true)), .setDesiredSubscription(true),
            ]
        )
        #expect(driver.change(version: 2).count == 1)
    }

    @Test(
        "a CONNECT out of order is refused with the code that says why",
        arguments: [
            (SessionDriver.connect(clientID: ""), .identifierRejected),
            (SessionDriver.connect(clientID: "dev2"), .identifierRejected),
            (SessionDriver.connect(userName: "nonsense"), .identifierRejected),
            (SessionDriver.connect(userName: nil), .notAuthorized),
            (SessionDriver.connect(clientID: "dev1/m1", userName: "h/dev1/m1/?api-version=1"), .notAuthorized),
            (SessionDriver.connect(clientID: "\u{212A}", userName: "h/\u{212A}/?api-version=1"), .notAuthorized),
        ] as [(MQTTConnect, MQTTConnectReturnCode)]
    )
    func refuse(connect: MQTTConnect, code: MQTTConnectReturnCode) {
        var driver = SessionDriver()
        let actions = driver.receive(.connect(connect))
        #expect(actions.first == Self.refusal(code))
        guard case .refused(code, _) = Self.reason(actions) else {
            Issue.record("not closed after the refusal: \(actions)")
            return
        }
        #expect(driver.receive(.pingRequest).isEmpty)
    }

    @Test("another version of MQTT is refused with 1", arguments: [0, 3, 5, 255] as [UInt8])
    func version(level: UInt8) {
        var driver = SessionDriver()
        #expect(
            driver.receive(.connectOfOtherVersion(level: level)).first == Self.refusal(.unacceptableProtocolVersion)
        )
    }

    @Test("any other first packet closes, unanswered", arguments: [.pingRequest, .disconnect] as [MQTTClientPacket])
    func firstPacket(packet: MQTTClientPacket) {
        var driver = SessionDriver()
        let actions = driver.receive(packet)
        #expect(actions.count == 1)
        #expect(Self.reason(actions) != nil)
    }

    @Test("a second CONNECT closes, unanswered")
    func secondConnect() {
        var driver = SessionDriver(keepAlive: 60)
        #expect(driver.receive(.connect(SessionDriver.connect())) == [.close(.violation("a second CONNECT"))])
        var other = SessionDriver(keepAlive: 60)
        #expect(other.receive(.connectOfOtherVersion(level: 5)) == [.close(.violation("a second CONNECT"))])
    }

    @Test("a will may go where telemetry goes, and nowhere else")
    func will() {
        func will(_ topic: String) -> MQTTClientPacket {
            let will = MQTTConnect.Will(topic: topic, message: [1], quality: .atLeastOnce, retain: true)
            return .connect(SessionDriver.connect(will: will))
        }
        var driver = SessionDriver()
        guard case .authenticate = driver.receive(will("devices/dev1/messages/events/k=v")).last else {
            Issue.record("refused")
            return
        }
        var other = SessionDriver()
        #expect(Self.reason(other.receive(will("devices/dev2/messages/events/"))) != nil)
    }

    @Test("a CONNECT must come within a minute")
    func connectTimeout() {
        var driver = SessionDriver()
        #expect(driver.pass(.milliseconds(59_999)).isEmpty)
        #expect(driver.pass(.milliseconds(1)) == [.close(.connectTimedOut)])
        #expect(driver.pass(.hours(1)).isEmpty)
    }

    @Test(
        "silence ends a connection after one and a half keep-alive times, at most 29.45 minutes",
        arguments: [
            (1, 1_500), (60, 90_000), (1_177, 1_765_500), (1_178, 1_767_000), (65_535, 1_767_000), (0, 1_767_000),
        ]
            as [(UInt16, Int64)]
    )
    func keepAlive(seconds: UInt16, milliseconds: Int64) {
        var driver = SessionDriver(keepAlive: seconds)
        #expect(driver.pass(.milliseconds(milliseconds - 1)).isEmpty)
        #expect(driver.receive(.pingRequest) == [.send(.pingResponse)])
        #expect(driver.pass(.milliseconds(milliseconds - 1)).isEmpty)
        #expect(driver.pass(.milliseconds(1)) == [.close(.keepAliveExpired)])
    }

    @Test("the token's end closes, whatever the device sends")
    func tokenExpiry() {
        var driver = SessionDriver(keepAlive: 0, lifetime: .seconds(700))
        #expect(driver.pass(.seconds(699)).isEmpty)
        _ = driver.receive(.pingRequest)
        #expect(driver.pass(.seconds(1)) == [.close(.tokenExpired)])
    }

    @Test("DISCONNECT closes, and so does the hub, once")
    func close() {
        var driver = SessionDriver(keepAlive: 60)
        #expect(driver.receive(.disconnect) == [.close(.deviceDisconnected)])
        #expect(driver.session.close(.hub(.takenOver)).isEmpty)
        var other = SessionDriver(keepAlive: 60)
        #expect(other.session.close(.hub(.takenOver)) == [.close(.hub(.takenOver))])
        #expect(other.receive(.pingRequest).isEmpty)
        #expect(other.change(version: 2).isEmpty)
    }
}
