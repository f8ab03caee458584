import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("twins over MQTT and TLS", .timeLimit(.minutes(1)))
struct MQTTServerTwinTests {
    static let desired = "$iothub/twin/PATCH/properties/desired/#"
    static let reported = "$iothub/twin/PATCH/properties/reported/?$rid="
    /// Near the limit of a twin's section.
    static let large: JSONObject = {
        let text = JSON.string(String(repeating: "x", count: 4_000))
        return ["a": text, "b": text, "c": text, "d": text, "e": text, "f": text]
    }()

    @Test("a twin GET is answered before anything is subscribed, after its PUBACK")
    func get() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            try bench.registry.patchTwin("dev1", with: TwinWrite(tags: ["t": 1], desired: ["fan": ["rpm": 900]]))
            var client = try await bench.connect("dev1")
            try await client.publish("$iothub/twin/GET/?$rid=07d4308e-2d4f", " ", packetID: 1)
            #expect(await client.next() == .publishAcknowledgement(packetID: 1))
            let answer = try await client.nextMessage()
            #expect(answer.topic == "$iothub/twin/res/200/?$rid=07d4308e-2d4f")
            #expect(answer.packetID == nil)
            let body = String(decoding: answer.payload, as: UTF8.self)
            #expect(body == #"{"desired":{"fan":{"rpm":900},"$version":2},"reported":{"$version":1}}"#)
        }
    }

    @Test("a reported patch is merged, and answered with the new version")
    func patch() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.publish(Self.reported + "a", #"{"fan":{"rpm":880},"gone":1}"#)
            #expect(
                try await client.nextMessage()
                    == MQTTDelivery(topic: "$iothub/twin/res/204/?$rid=a&$version=2", payload: [])
            )
            // Without a request id: done, not answered.
            try await client.publish("$iothub/twin/PATCH/properties/reported/", #"{"gone":null}"#)
            try await client.publish(Self.reported + "b&$version=3", #"{"fan":{"on":true}}"#, packetID: 7)
            #expect(await client.next() == .publishAcknowledgement(packetID: 7))
            #expect(
                try await client.nextMessage()
                    == MQTTDelivery(topic: "$iothub/twin/res/204/?$rid=b&$version=4", payload: [])
            )
            let reported = try bench.registry.twin(of: "dev1").twin.reported
            #expect(reported.values == ["fan": ["rpm": 880, "on": true]])
        }
    }

    @Test("a patch that cannot be is refused with status and reason, and changes nothing")
    func refusedPatch() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            let large = (0..<9).map { "\"k\($0)\":\"\(String(repeating: "x", count: 4_000))\"" }.joined(separator: ",")
            let refused: [(topic: String, body: String, status: Int, code: JSON)] = [
                ("1", #"{"a":"#, 400, 400004), ("2", #"{"a.b":1}"#, 400, 400004), ("3", "", 400, 400004),
                ("4&$version=9", #"{"a":1}"#, 412, 412001), ("5", "{\(large)}", 413, 413001),
            ]
            for (index, patch) in refused.enumerated() {
                try await client.publish(Self.reported + patch.topic, patch.body)
                let answer = try await client.nextMessage()
                #expect(answer.topic == "$iothub/twin/res/\(patch.status)/?$rid=\(index + 1)")
                let body = try JSON(parsing: answer.payload)
                #expect(body["errorCode"] == patch.code)
                #expect(body["message"]?.stringValue?.isEmpty == false)
            }
            #expect(try bench.registry.twin(of: "dev1").twin.reported.version == 1)
        }
    }

    @Test("desired changes arrive in order with their versions, nulls kept; tags alone are no news")
    func notifications() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.subscribe(Self.desired)
            try bench.registry.patchTwin("dev1", with: TwinWrite(tags: ["t": 1]))
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["fan": ["rpm": 950], "old": .null]))
            try bench.registry.replaceTwin("dev1", with: TwinWrite(desired: ["b": 2]))
            let first = try await client.nextMessage()
            #expect(first.topic == "$iothub/twin/PATCH/properties/desired/?$version=2")
            #expect(
                String(decoding: first.payload, as: UTF8.self) == #"{"fan":{"rpm":950},"old":null,"$version":2}"#
            )
            let second = try await client.nextMessage()
            #expect(String(decoding: second.payload, as: UTF8.self) == #"{"b":2,"$version":3}"#)
        }
    }

    @Test("many writers at once: the device sees every version once and in order, even around a twin GET")
    func order() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.subscribe(Self.desired, .atLeastOnce)
            let registry = bench.registry
            try await withThrowingTaskGroup { group in
                for writer in 0..<4 {
                    group.addTask {
                        for _ in 0..<50 {
                            try registry.patchTwin("dev1", with: TwinWrite(desired: ["w": .integer(Int64(writer))]))
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await client.publish("$iothub/twin/GET/?$rid=end")
            for version in 2...201 {
                let delivery = try await client.nextMessage()
                #expect(delivery.topic == "$iothub/twin/PATCH/properties/desired/?$version=\(version)")
                try await client.send(.publishAcknowledgement(packetID: try #require(delivery.packetID)))
            }
            // What the twin contains was told before, so that it does not look like news.
            #expect(try await client.nextMessage().topic == "$iothub/twin/res/200/?$rid=end")
        }
    }

    @Test("two hundred devices at once connect, hear of a change each, and report")
    func manyDevices() async throws {
        try await MQTTTestServer.with { bench in
            let ids = (0..<200).map { "dev-\($0)" }
            for id in ids { try bench.registry.createDevice(Device(id: id)) }
            let registry = bench.registry
            try await withThrowingTaskGroup { group in
                for id in ids {
                    group.addTask {
                        var client = try await bench.connect(id)
                        try await client.subscribe(Self.desired)
                        try registry.patchTwin(id, with: TwinWrite(desired: ["id": .string(id)]))
                        let change = try JSON(parsing: try await client.nextMessage().payload)
                        try await client.publish(Self.reported + "1", #"{"id":\#(change["id"] ?? .null)}"#)
                        let answer = try await client.nextMessage()
                        #expect(answer.topic == "$iothub/twin/res/204/?$rid=1&$version=2")
                    }
                }
                try await group.waitForAll()
            }
            for id in ids {
                #expect(try registry.twin(of: id).twin.reported.values == ["id": .string(id)])
            }
        }
    }

    @Test("a device that asks faster than it reads gets all its answers in the end")
    func slowReader() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: Self.large))
            var client = try await bench.connect("dev1")
            try await client.channel.setOption(.autoRead, value: false).get()
            let requests = (1...300).flatMap {
                MQTTClientPacketTests.publish("$iothub/twin/GET/?$rid=\($0)").bytes
            }
            try await client.send(requests)
            try await client.channel.setOption(.autoRead, value: true).get()
            for requestID in 1...300 {
                #expect(try await client.nextMessage().topic == "$iothub/twin/res/200/?$rid=\(requestID)")
            }
        }
    }

    @Test("a device that does not read is cut off before much is queued for it")
    func notReading() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.subscribe(Self.desired)
            try await client.channel.setOption(.autoRead, value: false).get()
            // Socket buffers take a few megabytes first.
            var writes = 0
            while writes < 10_000, try bench.registry.device("dev1").connectionState == .connected {
                try bench.registry.patchTwin("dev1", with: TwinWrite(desired: Self.large))
                writes += 1
                await bench.server.sweep()
            }
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
        }
    }

    @Test("suspended, the server cuts all and takes none; resumed, sessions are still there")
    func suspend() async throws {
        try await MQTTTestServer.with { bench in
            try bench.registry.createDevice(Device(id: "dev1"))
            var client = try await bench.connect("dev1")
            try await client.subscribe(Self.desired)
            let port = bench.server.port
            await bench.server.suspend()
            #expect(await client.next() == nil)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            await #expect(throws: (any Error).self) { _ = try await bench.open() }
            // Nothing is queued for a device that is away.
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["a": 1]))
            try await bench.server.resume()
            #expect(bench.server.port == port)
            client = try await bench.connect("dev1", sessionPresent: true)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["a": 2]))
            #expect(
                try await client.nextMessage().topic == "$iothub/twin/PATCH/properties/desired/?$version=3"
            )
        }
    }
}
