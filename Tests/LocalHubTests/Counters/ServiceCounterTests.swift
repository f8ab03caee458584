import IoTHub
import ServiceClient
import TestKit
import Testing

@testable import LocalHub

@Suite("what services do, counted", .timeLimit(.minutes(1)))
struct ServiceCounterTests {
    @Test("requests count by status; reads, updates and queries only when they were answered well")
    func requests() async throws {
        try await TestHub.withManager { test, manager in
            try await manager.addDevice(Device(id: "a"))
            try await manager.addDevice(Device(id: "b"))
            let twin = try await manager.getTwin("a")
            try await manager.updateTwin("a", patch: ["tags": ["plant": "43"]])
            try await manager.updateTwin("a", patch: ["properties": ["desired": ["speed": 5]]])
            try await manager.updateTwin("a", patch: ["tags": ["x": 1], "properties": ["desired": ["speed": 6]]])
            // What the .NET SDK sends with a change of tags.
            try await manager.updateTwin("a", patch: ["tags": ["x": 2], "properties": ["desired": [:]]])
            await #expect(throws: ServiceClientError.self) { _ = try await manager.getTwin("nobody") }
            await #expect(throws: ServiceClientError.self) {
                try await manager.updateTwin("a", patch: ["tags": ["x": 3]], etag: twin.etag)
            }
            _ = try await manager.createQuery("SELECT * FROM devices").nextAsJSON()
            await #expect(throws: ServiceClientError.self) {
                _ = try await manager.createQuery("SELECT FROM WHERE").nextAsJSON()
            }
            let counters = test.hub.counters
            #expect(counters.devices == 2)
            #expect(counters.serviceTwinReads == 1)
            #expect(counters.tagUpdates == 3)
            #expect(counters.desiredUpdates == 2)
            #expect(counters.queries == 1)
            #expect(counters.serviceRequests == [200: 8, 400: 1, 404: 1, 412: 1])
            #expect(counters.authenticationFailures == 0)
        }
    }

    @Test("items of a bulk request count one by one, those that fail not at all; devices may bring twin data")
    func bulk() async throws {
        try await TestHub.withManager { test, manager in
            var twin = Twin(deviceID: "a")
            twin.tags = ["plant": "43"]
            twin.properties.desired = ["speed": 1]
            _ = try await manager.addDeviceWithTwin(Device(id: "a"), twin: twin)
            _ = try await manager.addDevices2([Device(id: "b"), Device(id: "c")])
            let updates = ["a", "b", "nobody"].map { TwinUpdate(deviceID: $0, desired: ["n": 1]) }
            let result = try await manager.updateTwins2(updates)
            #expect(result.errors.map(\.deviceID) == ["nobody"])
            #expect(test.hub.counters.desiredUpdates == 3)
            #expect(test.hub.counters.tagUpdates == 1)
            #expect(test.hub.counters.devices == 3)
        }
    }

    @Test("a request without the permission is a refused credential")
    func permission() async throws {
        try await TestHub.withManager(policy: "service") { test, manager in
            await #expect(throws: ServiceClientError.self) { _ = try await manager.getDevice("d") }
            #expect(test.hub.counters.serviceRequests == [401: 1])
            #expect(test.hub.counters.authenticationFailures == 1)
        }
    }

    @Test("threads that count at once lose nothing")
    func manyThreads() async {
        let tally = HubTally()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        tally.answered(200)
                        tally[.mqttTcpOnly]?.reportedUpdates.add()
                    }
                }
            }
        }
        #expect(tally.current.serviceRequests == [200: 8_000])
        #expect(tally.current.reportedUpdates == 8_000)
    }

    @Test("a status that is none is not counted, and does no harm", arguments: [-1, 0, 99, 600, .max])
    func strangeStatus(_ status: Int) {
        let tally = HubTally()
        tally.answered(status)
        tally.answered(599)
        tally.answered(100)
        #expect(tally.current.serviceRequests == [599: 1, 100: 1])
    }
}
