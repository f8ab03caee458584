import AMQPEngine
import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("what devices do, counted by transport", .timeLimit(.minutes(1)))
struct DeviceCounterTests {
    private typealias Traffic = HubCounters.Traffic

    @Test("a device's life counts at its transport, and nowhere else", arguments: CountedDevice.transports)
    func life(_ transport: TransportType) async throws {
        try await TestHub.with { test in
            let idle = Dictionary(uniqueKeysWithValues: CountedDevice.transports.map { ($0, Traffic()) })
            #expect(test.hub.counters.traffic == idle)
            var device = try await CountedDevice("d", of: test, over: transport)
            #expect(try await device.get() == 200)
            #expect(try await device.get() == 200)
            #expect(try await device.report(#"{"fan":1}"#) == 204)
            // Nobody has asked to be told yet.
            try test.hub.registry.patchTwin("d", with: TwinWrite(desired: ["n": 0]))
            try await device.subscribe()
            for number in 1...3 {
                try test.hub.registry.patchTwin("d", with: TwinWrite(desired: ["n": .integer(Int64(number))]))
                try await device.next()
            }
            var expected = Traffic()
            expected.connects = 1
            expected.twinReads = 2
            expected.reportedUpdates = 1
            expected.notifications = 3
            #expect(test.hub.counters.traffic == idle.merging([transport: expected]) { $1 })
            #expect(test.hub.counters.connections[transport] == 1)
            #expect(test.hub.counters.desiredUpdates == 4)
            #expect(test.hub.counters.devices == 1)

            try await test.hub.suspendDevices()
            expected.disconnects = 1
            #expect(test.hub.counters.traffic == idle.merging([transport: expected]) { $1 })
            #expect(test.hub.counters.connections.values.allSatisfy { $0 == 0 })
        }
    }

    @Test("a reported patch that is refused does not count", arguments: CountedDevice.transports)
    func refusedPatch(_ transport: TransportType) async throws {
        try await TestHub.with { test in
            var device = try await CountedDevice("d", of: test, over: transport)
            #expect(try await device.report("[]") == 400)
            #expect(test.hub.counters.reportedUpdates == 0)
            #expect(test.hub.counters.throttled == 0)
        }
    }

    @Test("a device that is taken over has disconnected from where it was")
    func takeover() async throws {
        try await TestHub.with { test in
            for transport in CountedDevice.transports {
                _ = try await CountedDevice("d", of: test, over: transport)
                let counters = test.hub.counters
                #expect(counters.connections[transport] == 1)
                #expect(counters.connections.values.reduce(0, +) == 1)
            }
            #expect(test.hub.counters.connectsTotal.values.allSatisfy { $0 == 1 })
            #expect(test.hub.counters.disconnectsTotal[.mqttWebSocketOnly] == 0)
            #expect(test.hub.counters.disconnectsTotal.values.reduce(0, +) == 3)
        }
    }

    @Test("devices that are disabled or removed are no longer connected", arguments: CountedDevice.transports)
    func cutOff(_ transport: TransportType) async throws {
        try await TestHub.with { test in
            _ = try await CountedDevice("a", of: test, over: transport)
            _ = try await CountedDevice("b", of: test, over: transport)
            var disabled = try test.hub.registry.device("a")
            disabled.status = .disabled
            try test.hub.registry.updateDevice(disabled)
            #expect(test.hub.counters.connections[transport] == 1)
            try test.hub.registry.removeDevice("b")
            #expect(test.hub.counters.connections[transport] == 0)
            #expect(test.hub.counters.devices == 1)
            // The connections end on their own now, which must not count again.
            try await test.hub.suspendDevices()
            #expect(test.hub.counters.disconnectsTotal[transport] == 2)
        }
    }

    @Test("two devices on one AMQP connection are two")
    func multiplexed() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("a", "b")
            let first = try await bench.attach("a")
            _ = try await bench.attach("b", on: first.client)
            #expect(bench.registry.counters.connections[.amqpTcpOnly] == 2)
            await bench.server.suspend()
            #expect(bench.registry.counters.traffic[.amqpTcpOnly]?.disconnects == 2)
        }
    }

    @Test("credentials that are refused count at their transport")
    func refusedCredentials() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("d")
            let wrong = "d3Jvbmc="
            var mqtt = try await MQTTTestClient.open(port: test.hub.mqttPort, tls: test.clientTLS)
            try await mqtt.send(.connect(MQTTTestServer.connectPacket("d", key: wrong)))
            let refusal = await mqtt.next()
            #expect(refusal == .connectAcknowledgement(.notAuthorized, sessionPresent: false))
            #expect(await mqtt.next() == nil)
            #expect(test.hub.counters.traffic[.mqttTcpOnly]?.authenticationFailures == 1)

            let amqp = try await test.openAMQPWebSocket()
            let token = try SharedAccessSignature.create(
                resource: "localhost/devices/d",
                key: wrong,
                expiry: HubTimestamp.now().secondsSinceEpoch + 600
            ).token
            #expect(try await amqp.put(token, for: "localhost/devices/d") == 401)
            #expect(test.hub.counters.traffic[.amqpWebSocketOnly]?.authenticationFailures == 1)
            // Without a token there are no links either.
            #expect(try await amqp.refusal(.receiver, "/devices/d/twin") != nil)
            #expect(test.hub.counters.traffic[.amqpWebSocketOnly]?.authenticationFailures == 2)
            #expect(test.hub.counters.authenticationFailures == 3)
            #expect(test.hub.counters.connectsTotal.values.allSatisfy { $0 == 0 })
        }
    }

    @Test("twin requests that are throttled count, and are no reads", arguments: CountedDevice.transports)
    func throttled(_ transport: TransportType) async throws {
        let refuse: TwinRegistry.DeviceThrottle = { _ in IoTHubError(.throttlingException, "too much") }
        try await TestHub.with(configure: { $0.deviceThrottle = refuse }) { test in
            var device = try await CountedDevice("d", of: test, over: transport)
            #expect(try await device.get() == 429)
            #expect(try await device.report(#"{"fan":1}"#) == 429)
            #expect(test.hub.counters.traffic[transport]?.throttled == 2)
            #expect(test.hub.counters.throttled == 2)
            #expect(test.hub.counters.deviceTwinReads == 0)
            #expect(test.hub.counters.reportedUpdates == 0)
        }
    }
}
