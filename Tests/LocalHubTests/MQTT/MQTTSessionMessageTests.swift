import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("a session's messages")
struct MQTTSessionMessageTests {
    static let desired = "$iothub/twin/PATCH/properties/desired/#"
    static let reported = "$iothub/twin/PATCH/properties/reported/"

    static func publish(_ topic: String, _ payload: String = "", packetID: UInt16 = 0) -> MQTTClientPacket {
        MQTTClientPacketTests.publish(topic, payload, packetID: packetID)
    }

    static func subscribe(_ filters: [(String, MQTTQualityOfService)]) -> MQTTClientPacket {
        .subscribe(packetID: 9, filters.map { MQTTSubscription(filter: $0.0, quality: $0.1) })
    }

    static func closes(_ actions: [MQTTSession.Action]) -> Bool {
        if case .close = actions.last { true } else { false }
    }

    @Test("a twin GET is answered without any subscription, and acknowledged with QoS 1")
    func twinGet() {
        var driver = SessionDriver(keepAlive: 60)
        #expect(driver.receive(Self.publish("$iothub/twin/GET/?$rid=1")) == [.answerTwinGet(requestID: "1")])
        #expect(
            driver.receive(Self.publish("$iothub/twin/GET/?$rid=1", " ", packetID: 5)) == [
                .send(.publishAcknowledgement(packetID: 5)), .answerTwinGet(requestID: "1"),
            ]
        )
    }

    @Test("a reported patch is passed on as it is, with or without a request id")
    func reportedPatch() {
        var driver = SessionDriver(keepAlive: 60)
        func patch(_ requestID: String?, _ version: MQTTDeviceTopic.ExpectedVersion) -> MQTTSession.Action {
            .answerReportedPatch(
                MQTTReportedPatch(
                    requestID: requestID,
                    expectedVersion: version,
                    body: ByteBuffer(string: "{}"),
                    hasAPIVersion: true
                )
            )
        }
        #expect(driver.receive(Self.publish(Self.reported + "?$rid=1", "{}")) == [patch("1", .any)])
        #expect(driver.receive(Self.publish(Self.reported, "{}")) == [patch(nil, .any)])
        #expect(driver.receive(Self.publish(Self.reported + "?$rid=1&$version=3", "{}")) == [patch("1", .exactly(3))])
    }

    @Test("telemetry and method answers are taken and acknowledged")
    func accepted() {
        var driver = SessionDriver(keepAlive: 60)
        #expect(driver.receive(Self.publish("devices/dev1/messages/events/k=v", "x")).isEmpty)
        #expect(
            driver.receive(Self.publish("devices/dev1/messages/events/", "x", packetID: 3)) == [
                .send(.publishAcknowledgement(packetID: 3))
            ]
        )
        #expect(
            driver.receive(Self.publish("$iothub/methods/res/200/?$rid=1", "{}", packetID: 4)) == [
                .send(.publishAcknowledgement(packetID: 4))
            ]
        )
    }

    @Test(
        "a foreign topic, a GET that cannot be answered, and QoS 2 close the connection",
        arguments: [
            publish("foreign"), publish("devices/dev2/messages/events/", packetID: 1), publish("$iothub/twin/GET/"),
            publish("devices/dev1/messages/events/", String(repeating: "x", count: 262_145)),
            .publish(
                MQTTPublish(
                    topic: "devices/dev1/messages/events/",
                    payload: ByteBuffer(),
                    quality: .exactlyOnce,
                    packetID: 1,
                    retain: false,
                    duplicate: false
                )
            ),
        ]
    )
    func refused(packet: MQTTClientPacket) {
        var driver = SessionDriver(keepAlive: 60)
        #expect(Self.closes(driver.receive(packet)))
        #expect(driver.receive(.pingRequest).isEmpty)
    }

    @Test("known filters are granted, QoS 2 as 1; unknown ones and a sixth are refused one by one")
    func subscribe() {
        var driver = SessionDriver(keepAlive: 60)
        let actions = driver.receive(
            Self.subscribe([
                ("$iothub/twin/res/#", .atMostOnce), (Self.desired, .exactlyOnce), ("foreign/#", .atMostOnce),
                ("devices/dev1/messages/devicebound/#", .atLeastOnce),
                ("devices/dev2/messages/devicebound/#", .atMostOnce),
                ("$iothub/methods/POST/#", .atMostOnce),
            ])
        )
        var kept = MQTTSubscriptionSet()
        kept[.twinResponses] = .atMostOnce
        kept[.desiredProperties] = .atLeastOnce
        kept[.cloudToDevice] = .atLeastOnce
        #expect(
            actions == [
                .setDesiredSubscription(true), .keep(kept),
                .send(.subscribeAcknowledgement(packetID: 9, [0, 1, 0x80, 1, 0x80, 0x80])),
            ]
        )
    }

    @Test("a clean session is not kept")
    func cleanSession() {
        var driver = SessionDriver(cleanSession: true)
        #expect(
            driver.receive(Self.subscribe([(Self.desired, .atMostOnce)])) == [
                .setDesiredSubscription(true), .send(.subscribeAcknowledgement(packetID: 9, [0])),
            ]
        )
    }

    @Test("after UNSUBSCRIBE nothing more comes, and unknown filters do not matter")
    func unsubscribe() {
        var driver = SessionDriver(keepAlive: 60)
        _ = driver.receive(Self.subscribe([(Self.desired, .atMostOnce)]))
        #expect(driver.change(version: 2).count == 1)
        #expect(
            driver.receive(.unsubscribe(packetID: 8, [Self.desired, "foreign"])) == [
                .setDesiredSubscription(false), .keep(MQTTSubscriptionSet()),
                .send(.unsubscribeAcknowledgement(packetID: 8)),
            ]
        )
        #expect(driver.change(version: 3).isEmpty)
    }

    @Test("desired changes come with their version in topic and body")
    func desiredChange() {
        var driver = SessionDriver(keepAlive: 60)
        #expect(driver.change(version: 2).isEmpty)
        _ = driver.receive(Self.subscribe([(Self.desired, .atMostOnce)]))
        let delivery = MQTTDelivery(
            topic: "$iothub/twin/PATCH/properties/desired/?$version=3",
            payload: Array(#"{"a":1,"$version":3}"#.utf8)
        )
        #expect(driver.change(version: 3) == [.send(.publish(delivery))])
    }

    @Test("with QoS 1 each unacknowledged change has a packet id of its own, and too many of them close")
    func window() {
        var driver = SessionDriver(keepAlive: 60)
        _ = driver.receive(Self.subscribe([(Self.desired, .atLeastOnce)]))
        func sentID(_ actions: [MQTTSession.Action]) -> UInt16? {
            if case .send(.publish(let delivery)) = actions.first { delivery.packetID } else { nil }
        }
        // The first is never acknowledged; ids go around without using it again.
        #expect(sentID(driver.change(version: 1)) == 1)
        var ids: Set<UInt16> = []
        for version in 2...70_000 {
            guard let id = sentID(driver.change(version: Int64(version))) else { break }
            #expect(id > 1)
            ids.insert(id)
            _ = driver.receive(.publishAcknowledgement(packetID: id))
        }
        #expect(ids.count == 65_534)
        for version in 0..<Int64(MQTTConnectedDevice.maximumUnacknowledged - 1) {
            #expect(sentID(driver.change(version: version)) != nil)
        }
        #expect(driver.change(version: 1) == [.close(.notAcknowledging)])
    }
}
