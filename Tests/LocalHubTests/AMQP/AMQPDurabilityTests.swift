import AMQPEngine
import IoTHub
import Testing

@testable import LocalHub

@Suite("what AMQP devices are told when their hub keeps its data", .timeLimit(.minutes(1)))
struct AMQPDurabilityTests {
    /// Runs a body with a server whose commits are in the test's hand, and devices that are durable.
    private func withServer(_ body: (AMQPTestServer, ScriptedStore) async throws -> Void) async throws {
        try await ScriptedStore.withJournal { journal, store in
            try await AMQPTestServer.with(journal: journal) { bench in
                try await store.register("dev1", "dev2", in: bench.registry)
                try await body(bench, store)
            }
        }
    }

    @Test("a reported patch is answered and settled when it is durable; what comes behind it waits, neighbours do not")
    func patch() async throws {
        try await withServer { bench, store in
            let client = try await bench.open()
            let device = try await bench.attach("dev1", on: client)
            let neighbour = try await bench.attach("dev2", on: client)
            let request = AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"n":1}"#)
            let id = try await client.send(request, over: device.up)
            _ = await store.nextAttempt()
            // It is in memory, but the commit has not ended.
            #expect(try bench.registry.twin(of: "dev1").twin.reported.version == 2)
            try await device.send(AMQPTestDevice.request("PUT", resource: AMQPTestDevice.desired, id: .string("put")))
            try await neighbour.subscribe()
            #expect(client.settled.allSatisfy { $0.id != id })
            #expect(client.deliveries.isEmpty)
            store.permit()
            let answer = try await device.next()
            #expect(answer.status == 204)
            #expect(answer.version == 2)
            #expect(try await client.outcome(of: id) == .accepted)
            #expect(try await device.next().properties.correlationID == .string("put"))
        }
    }

    @Test("a patch that the storage refuses is answered with 500, or rejected when it has no correlation id")
    func failure() async throws {
        try await withServer { bench, store in
            let device = try await bench.attach("dev1")
            store.fail(1)
            let asked = AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"n":1}"#)
            let unasked = AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"n":2}"#, id: nil)
            try await device.client.wait("credit") { device.up.credit > 1 }
            // In one flush, so that both are in one commit.
            try device.client.engine.send(asked.encoded, over: device.up)
            let id = try device.client.engine.send(unasked.encoded, over: device.up)
            try await device.client.flush()
            await store.step()
            let answer = try await device.next()
            #expect(answer.status == 500)
            #expect(answer.text.contains("storage fails"))
            guard case .rejected = try await device.client.outcome(of: id) else {
                Issue.record("the patch without an id was not rejected")
                return
            }
            store.permit()
        }
    }

    @Test("while the storage fails a twin GET ends the device's links, as over MQTT its connection; neighbours stay")
    func failingGet() async throws {
        try await withServer { bench, store in
            let client = try await bench.open()
            let device = try await bench.attach("dev1", on: client)
            let neighbour = try await bench.attach("dev2", on: client)
            store.fail(.max)
            try bench.registry.patchTwin("dev1", with: TwinWrite(tags: ["n": 1]))
            _ = await store.nextAttempt()
            try await device.send(AMQPTestDevice.request("GET"))
            // The hub has read the GET when the patch behind it is in memory.
            try await device.send(AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"n":1}"#))
            while try bench.registry.twin(of: "dev1").twin.reported.version == 1 { await Task.yield() }
            store.permit()
            for link in [device.up, device.down] {
                let error = try await client.detachment(of: link)
                #expect(error?.condition == .internalError)
                #expect(error?.text?.contains("storage fails") == true)
            }
            #expect(client.deliveries.isEmpty)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            #expect(try await client.refusal(.sender, "/devices/dev1/twin")?.condition == .internalError)
            // The next one is not answered either, nor is what comes before the commit is tried again.
            try await neighbour.send(AMQPTestDevice.request("GET"))
            #expect(try await client.detachment(of: neighbour.down)?.condition == .internalError)
            #expect(client.deliveries.isEmpty)
            // The connection outlasts it.
            store.fail(0)
            store.open()
            var again: AMQPTestDevice?
            while again == nil { again = try? await bench.attach("dev1", on: client) }
            #expect(try await again?.get()["reported"] == ["n": 1, "$version": 2])
        }
    }

    @Test("a desired change reaches the device when it is durable, and before an answer that shows it")
    func desired() async throws {
        try await withServer { bench, store in
            let device = try await bench.attach("dev1")
            try await device.subscribe()
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 1]))
            _ = await store.nextAttempt()
            try await device.send(AMQPTestDevice.request("GET", id: .string("g")))
            try await device.send(
                AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"n":1}"#, id: .string("p"))
            )
            // The hub has read the GET when the patch behind it is in memory.
            while try bench.registry.twin(of: "dev1").twin.reported.version == 1 { await Task.yield() }
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 2]))
            store.permit()
            await store.step()
            let first = try await device.next()
            #expect(first.properties.correlationID == nil)
            #expect(first.version == 2)
            #expect(try await device.next().properties.correlationID == .string("g"))
            let rest = try await [device.next(), device.next()]
            #expect(rest.contains { $0.properties.correlationID == .string("p") && $0.status == 204 })
            #expect(rest.contains { $0.properties.correlationID == nil && $0.version == 3 })
        }
    }

    @Test("a link that brings a model id is answered when that is durable")
    func modelID() async throws {
        try await withServer { bench, store in
            let client = try await bench.open()
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            let properties: AMQPMap = [.symbol("com.microsoft:model-id"): .string("dtmi:com:example;1")]
            async let stepped: Void = store.step()
            let device = try await AMQPTestDevice.attach("dev1", on: client, properties: properties)
            await stepped
            #expect(try await device.get()["reported"] == ["$version": 1])
        }
    }
}
