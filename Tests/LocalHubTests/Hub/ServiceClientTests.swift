import IoTHub
import ServiceClient
import TestKit
import Testing

@testable import LocalHub

@Suite("The hub and a service client over HTTPS")
struct ServiceClientTests {
    /// The code of the refusal that a call meets.
    private func refusal(_ call: () async throws -> Void) async -> IoTHubErrorCode? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? ServiceClientError)?.code
        }
    }

    @Test("a device lives from registration to removal")
    func device() async throws {
        try await TestHub.withManager { _, manager in
            let id = "line 1".replacing(" ", with: "#") + "%?:;'"
            let added = try await manager.addDevice(Device(id: id))
            #expect(added.id == id)
            #expect(try await manager.getDevice(id) == added)
            #expect(await refusal { _ = try await manager.addDevice(Device(id: id)) } == .deviceAlreadyExists)
            let stale = ETag(rawValue: "c3RhbGU=")
            #expect(await refusal { try await manager.removeDevice(id, etag: stale) } == .preconditionFailed)
            try await manager.removeDevice(id, etag: added.etag)
            #expect(await refusal { _ = try await manager.getDevice(id) } == .deviceNotFound)
        }
    }

    @Test("a twin is patched; of two writers with one ETag the second is refused")
    func twin() async throws {
        try await TestHub.withManager { test, manager in
            _ = try test.addDevice("d")
            let before = try await manager.getTwin("d")
            #expect(before.properties.desired.version == 1)
            let patch: JSON = ["tags": ["plant": "43"], "properties": ["desired": ["speed": 5]]]
            let after = try await manager.updateTwin("d", patch: patch, etag: before.etag)
            #expect(after.properties.desired.version == 2)
            #expect(after.properties.desired["speed"] == 5)
            #expect(after.tags["plant"] == "43")
            #expect(
                await refusal { try await manager.updateTwin("d", patch: patch, etag: before.etag) }
                    == .preconditionFailed
            )
            try await manager.updateTwin("d", patch: patch)
            #expect(try await manager.getTwin("d").properties.desired.version == 3)
            let refused: JSON = ["properties": ["desired": ["a": [1, nil]]]]
            do {
                try await manager.updateTwin("d", patch: refused)
                Issue.record("a null in an array was accepted")
            } catch let error as ServiceClientError {
                #expect(error.code == .argumentInvalid)
                #expect(error.message.contains("properties.desired.a[1]"))
            }
        }
    }

    @Test("bulk requests of 100 devices; failures are told item by item")
    func bulk() async throws {
        try await TestHub.withManager { test, manager in
            let devices = (0..<100).map { Device(id: "d\($0)") }
            #expect(try await manager.addDevices2(devices).isSuccessful)
            let updates = (0..<100).map { TwinUpdate(deviceID: "d\($0 + 1)", desired: ["n": .integer(Int64($0))]) }
            let result = try await manager.updateTwins2(updates)
            #expect(!result.isSuccessful)
            #expect(result.errors.map(\.deviceID) == ["d100"])
            #expect(result.errors.first?.code == .deviceNotFound)
            #expect(try test.hub.registry.twin(of: "d99").twin.desired.version == 2)
            #expect(try await manager.removeDevices2(devices.map(\.id)).isSuccessful)
            #expect(test.hub.registry.devices().isEmpty)
        }
    }

    @Test("a policy without the permission gets 401")
    func permission() async throws {
        try await TestHub.withManager(policy: "service") { test, manager in
            _ = try test.addDevice("d")
            _ = try await manager.getTwin("d")
            #expect(await refusal { _ = try await manager.getDevice("d") } == .iotHubUnauthorizedAccess)
        }
    }

    @Test("concurrent updates keep the versions dense")
    func density() async throws {
        try await TestHub.withManager { test, manager in
            _ = try test.addDevice("d")
            let versions = try await withThrowingTaskGroup { group in
                for change in 0..<200 {
                    group.addTask {
                        try await manager.updateTwin(
                            "d",
                            patch: ["properties": ["desired": ["n": .integer(Int64(change))]]]
                        )
                        .properties.desired.version
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(versions.compactMap(\.self).sorted() == Array(2...201))
        }
    }
}
