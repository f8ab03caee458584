import IoTHub
import Testing

@testable import LocalHub

@Suite("what devices are told when their hub keeps its data", .timeLimit(.minutes(1)))
struct MQTTDurabilityTests {
    /// Runs a body with a server whose commits are in the test's hand, and a device that is durable.
    private func withServer(_ body: (MQTTTestServer, ScriptedStore) async throws -> Void) async throws {
        try await ScriptedStore.withJournal { journal, store in
            try await MQTTTestServer.with(journal: journal) { bench in
                try await store.register("dev1", in: bench.registry)
                try await body(bench, store)
            }
        }
    }

    /// Connects; the session, if one is asked for, and the model id are written.
    private func connect(_ bench: MQTTTestServer, _ store: ScriptedStore) async throws -> MQTTTestClient {
        async let stepped: Void = store.step()
        let client = try await bench.connect("dev1", cleanSession: true)
        await stepped
        return client
    }

    @Test("a reported patch is answered when it is durable, and what comes behind it waits")
    func patch() async throws {
        try await withServer { bench, store in
            var client = try await connect(bench, store)
            try await client.publish(MQTTServerTwinTests.reported + "a", #"{"n":1}"#, packetID: 5)
            _ = await store.nextAttempt()
            // It is in memory, but the commit has not ended.
            #expect(try bench.registry.twin(of: "dev1").twin.reported.version == 2)
            try await client.send(.pingRequest)
            store.permit()
            #expect(await client.next() == .publishAcknowledgement(packetID: 5))
            #expect(try await client.nextMessage().topic == "$iothub/twin/res/204/?$rid=a&$version=2")
            #expect(await client.next() == .pingResponse)
        }
    }

    @Test("a patch that the storage refuses is answered with 500, further ones with 503 until it works again")
    func failure() async throws {
        try await withServer { bench, store in
            var client = try await connect(bench, store)
            store.fail(1)
            try await client.publish(MQTTServerTwinTests.reported + "a", #"{"n":1}"#)
            await store.step()
            let refused = try await client.nextMessage()
            #expect(refused.topic == "$iothub/twin/res/500/?$rid=a")
            #expect(String(decoding: refused.payload, as: UTF8.self).contains("storage fails"))
            _ = await store.nextAttempt()
            try await client.publish(MQTTServerTwinTests.reported + "b", #"{"n":2}"#)
            let busy = try await client.nextMessage()
            #expect(busy.topic == "$iothub/twin/res/503/?$rid=b")
            store.permit()
            // The first write was kept, the second never made.
            var version: String?
            repeat {
                try await client.publish(MQTTServerTwinTests.reported + "c", #"{"n":3}"#)
                // Written or refused; permits beyond need do no harm.
                store.permit()
                let answer = try await client.nextMessage()
                version = answer.topic.split(separator: "$version=").dropFirst().first.map(String.init)
            } while version == nil
            #expect(version == "3")
        }
    }

    @Test("while the storage fails a twin GET ends the connection, since an answer would be asked for again at once")
    func failingGet() async throws {
        try await withServer { bench, store in
            var client = try await connect(bench, store)
            store.fail(1)
            try bench.registry.patchTwin("dev1", with: TwinWrite(tags: ["n": 1]))
            _ = await store.nextAttempt()
            try await client.publish("$iothub/twin/GET/?$rid=g")
            // The hub has read the GET when the patch behind it is in memory.
            try await client.publish(MQTTServerTwinTests.reported + "a", #"{"n":1}"#)
            while try bench.registry.twin(of: "dev1").twin.reported.version == 1 { await Task.yield() }
            store.permit()
            #expect(await client.next() == nil)
            // What is written when the device has gone, too.
            for _ in 0..<3 { store.permit() }
        }
    }

    @Test("a desired change reaches the device when it is durable, and before an answer that shows it")
    func desired() async throws {
        try await withServer { bench, store in
            var client = try await connect(bench, store)
            try await client.subscribe(MQTTServerTwinTests.desired)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 1]))
            _ = await store.nextAttempt()
            try await client.publish("$iothub/twin/GET/?$rid=g")
            try await client.publish(MQTTServerTwinTests.reported + "a", #"{"n":1}"#)
            // The hub has read the GET when the patch behind it is in memory.
            while try bench.registry.twin(of: "dev1").twin.reported.version == 1 { await Task.yield() }
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 2]))
            store.permit()
            await store.step()
            let topics = try await [
                client.nextMessage().topic, client.nextMessage().topic, client.nextMessage().topic,
                client.nextMessage().topic,
            ]
            #expect(topics[0] == "$iothub/twin/PATCH/properties/desired/?$version=2")
            #expect(topics[1] == "$iothub/twin/res/200/?$rid=g")
            #expect(
                Set(topics[2...]) == [
                    "$iothub/twin/res/204/?$rid=a&$version=2", "$iothub/twin/PATCH/properties/desired/?$version=3",
                ]
            )
        }
    }

    @Test("a session that the storage refuses is not begun")
    func session() async throws {
        try await withServer { bench, store in
            store.fail(1)
            var client = try await bench.open()
            try await client.send(.connect(bench.connectPacket("dev1")))
            await store.step()
            #expect(await client.next() == nil)
            await store.step()
        }
    }
}
