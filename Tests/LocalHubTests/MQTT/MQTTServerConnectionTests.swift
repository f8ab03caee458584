import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("MQTT connections over TLS", .timeLimit(.minutes(1)))
struct MQTTServerConnectionTests {
    @Test("a device connects, is seen as connected, pings and disconnects")
    func connect() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            #expect(try bench.registry.twin(of: "dev1").twin.modelID == "dtmi:com:example;Thing;1")
            try await client.send(.pingRequest)
            #expect(await client.next() == .pingResponse)
            try await client.send(.disconnect)
            #expect(await client.next() == nil)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
        }
    }

    @Test("a device need not wait for the CONNACK")
    func impatience() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            let packets: [MQTTClientPacket] = [
                .connect(try bench.connectPacket("dev1")),
                .subscribe(packetID: 2, [MQTTSubscription(filter: "$iothub/twin/res/#", quality: .atMostOnce)]),
                .pingRequest,
            ]
            var client = try await bench.open()
            try await client.send(packets.flatMap(\.bytes))
            #expect(await client.next() == .connectAcknowledgement(.accepted, sessionPresent: false))
            #expect(await client.next() == .subscribeAcknowledgement(packetID: 2, [0]))
            #expect(await client.next() == .pingResponse)
        }
    }

    @Test("credentials that are not right are refused, and the connection is closed")
    func refusals() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var disabled = Device(id: "off")
            disabled.status = .disabled
            try bench.registry.createDevice(disabled)
            try bench.registry.createDevice(
                Device(
                    id: "x509",
                    authentication: AuthenticationMechanism(
                        type: .selfSigned,
                        symmetricKey: nil,
                        x509Thumbprint: X509Thumbprint(primaryThumbprint: String(repeating: "A", count: 40))
                    )
                )
            )
            let wrong = MQTTCredentialCheckTests.primary
            let refused: [(MQTTConnect, MQTTConnectReturnCode)] = [
                (try MQTTTestServer.connectPacket("dev1", key: wrong), .notAuthorized),
                (try MQTTTestServer.connectPacket("nobody", key: wrong), .notAuthorized),
                (try MQTTTestServer.connectPacket("x509", key: wrong), .notAuthorized),
                (try bench.connectPacket("dev1", validFor: -301), .notAuthorized),
                (try bench.connectPacket("off"), .serverUnavailable),
            ]
            for (connect, code) in refused {
                var client = try await bench.open()
                try await client.send(.connect(connect))
                #expect(await client.next() == .connectAcknowledgement(code, sessionPresent: false))
                #expect(await client.next() == nil)
            }
            var client = try await bench.open()
            try await client.send(.connectOfOtherVersion(level: 5))
            let refusal = MQTTServerPacket.connectAcknowledgement(.unacceptableProtocolVersion, sessionPresent: false)
            #expect(await client.next() == refusal)
            #expect(await client.next() == nil)
        }
    }

    @Test("a policy that may connect devices signs for a device")
    func policy() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var connect = try bench.connectPacket("dev1")
            for (name, code) in [("device", MQTTConnectReturnCode.accepted), ("service", .notAuthorized)] {
                let policy = try #require(bench.registry.policies[name])
                let token = try SharedAccessSignature.create(
                    resource: "localhost/devices/dev1",
                    key: policy.primaryKey,
                    expiry: HubTimestamp.now().secondsSinceEpoch + 60,
                    policy: name
                )
                connect.password = Array(token.token.utf8)
                var client = try await bench.open()
                try await client.send(.connect(connect))
                #expect(await client.next() == .connectAcknowledgement(code, sessionPresent: false))
            }
        }
    }

    @Test("a second connection of a device ends the first, and stays the device's")
    func takeover() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var first = try await bench.connect("dev1")
            var second = try await bench.connect("dev1", sessionPresent: true)
            #expect(await first.next() == nil)
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            try await second.send(.pingRequest)
            #expect(await second.next() == .pingResponse)
        }
    }

    @Test("a device that is disabled or removed is cut off")
    func cutOff() async throws {
        try await MQTTTestServer.with { bench in
            let device = try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            var disabled = device
            disabled.status = .disabled
            try bench.registry.updateDevice(disabled)
            #expect(await client.next() == nil)
            try bench.registry.updateDevice(device)
            client = try await bench.connect("dev1", sessionPresent: true)
            try bench.registry.removeDevice("dev1")
            #expect(await client.next() == nil)
            // Its session went with it.
            try bench.registry.createDevice(Device(id: "dev1"))
            _ = try await bench.connect("dev1", sessionPresent: false)
        }
    }

    @Test("a persistent session keeps its subscriptions, and a clean one ends it")
    func sessions() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.subscribe("$iothub/twin/PATCH/properties/desired/#", .atLeastOnce)
            try await client.close()
            // azure-iot-device never subscribes again after a reconnect.
            client = try await bench.connect("dev1", sessionPresent: true)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["a": 1]))
            let delivery = try await client.nextMessage()
            #expect(delivery.packetID == 1)
            #expect(delivery.topic == "$iothub/twin/PATCH/properties/desired/?$version=2")
            client = try await bench.connect("dev1", cleanSession: true)
            client = try await bench.connect("dev1", sessionPresent: false)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["a": 2]))
            try await client.send(.pingRequest)
            #expect(await client.next() == .pingResponse)
        }
    }

    @Test("silence, an expired token and a missing CONNECT end a connection")
    func deadlines() async throws {
        try await MQTTTestServer.with { bench in
            for id in ["silent", "expiring", "lively"] { try bench.registry.createDevice(Device(id: id)) }
            var mute = try await bench.open()
            var silent = try await bench.connect("silent", keepAlive: 10)
            var expiring = try await bench.connect("expiring", keepAlive: 0, validFor: 60)
            var lively = try await bench.connect("lively", keepAlive: 1000)
            await bench.pass(.seconds(15))
            #expect(await silent.next() == nil)
            await bench.pass(.seconds(45))
            #expect(await mute.next() == nil)
            // Ten minutes of grace after the token's end.
            await bench.pass(.seconds(540))
            try await expiring.send(.pingRequest)
            #expect(await expiring.next() == .pingResponse)
            try await lively.send(.pingRequest)
            #expect(await lively.next() == .pingResponse)
            await bench.pass(.seconds(120))
            #expect(await expiring.next() == nil)
            try await lively.send(.pingRequest)
            #expect(await lively.next() == .pingResponse)
        }
    }

    @Test("the server itself notices that a device fell silent")
    func sweep() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1", keepAlive: 1)
            #expect(await client.next() == nil)
        }
    }

    @Test(
        "what breaks the rules ends its own connection only",
        arguments: [
            hex("F0 00"), hex("30 FF FF FF FF"), hex("82 02 00 01"), hex("20 02 00 00"),
            hex("34 05 00 01 'a' 00 01"), hex("30 03 00 01 'a'"), hex("10 07 00 04 'MQTT' 05"),
        ]
    )
    func violations(bytes: [UInt8]) async throws {
        try await MQTTTestServer.with { bench in
            for id in ["good", "bad"] { try bench.registry.createDevice(Device(id: id)) }
            var good = try await bench.connect("good")
            var bad = try await bench.connect("bad")
            try await bad.send(bytes)
            #expect(await bad.next() == nil)
            var early = try await bench.open()
            try await early.send(bytes)
            while await early.next() != nil {}
            try await good.send(.pingRequest)
            #expect(await good.next() == .pingResponse)
        }
    }

    @Test("a peer that does not speak TLS is dropped, and others do not notice")
    func plaintext() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "good"))
            var good = try await bench.connect("good")
            let closed = try await PlainClient.open(port: bench.server.port, sending: hex("10 07 00 04 'MQTT' 05"))
            try await closed.get()
            try await good.send(.pingRequest)
            #expect(await good.next() == .pingResponse)
        }
    }
}
