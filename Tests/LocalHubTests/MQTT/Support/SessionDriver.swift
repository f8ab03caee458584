import IoTHub
import NIOCore

@testable import LocalHub

/// A session with a clock in hand.
struct SessionDriver {
    var session: MQTTSession
    var now: NIODeadline

    init() {
        now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        session = MQTTSession(at: now)
    }

    /// A session that is connected.
    init(
        keepAlive: UInt16 = 60,
        cleanSession: Bool = false,
        userName: String? = "localhost/dev1/?api-version=2021-04-12",
        restored: MQTTSubscriptionSet? = nil,
        lifetime: TimeAmount? = nil
    ) {
        self.init()
        _ = receive(.connect(Self.connect(userName: userName, keepAlive: keepAlive, cleanSession: cleanSession)))
        _ = session.accept(restored: restored, lifetime: lifetime, at: now)
    }

    static func connect(
        clientID: String = "dev1",
        userName: String? = "localhost/dev1/?api-version=2021-04-12",
        keepAlive: UInt16 = 60,
        cleanSession: Bool = false,
        will: MQTTConnect.Will? = nil
    ) -> MQTTConnect {
        MQTTConnect(
            clientID: clientID,
            cleanSession: cleanSession,
            keepAlive: keepAlive,
            will: will,
            userName: userName,
            password: Array("token".utf8)
        )
    }

    mutating func receive(_ packet: MQTTClientPacket) -> [MQTTSession.Action] {
        session.received(packet, at: now)
    }

    mutating func pass(_ time: TimeAmount) -> [MQTTSession.Action] {
        now = now + time
        return session.timePassed(now)
    }

    mutating func change(version: Int64) -> [MQTTSession.Action] {
        session.desiredPropertiesChanged(DesiredChange(patch: ["a": 1], version: version))
    }
}
