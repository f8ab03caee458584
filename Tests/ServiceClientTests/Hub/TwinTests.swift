import IoTHub
import ServiceClient
import TestKit
import Testing

/// Twins, against a real hub over TLS.
@Suite(.timeLimit(.minutes(2))) struct TwinTests {
    private static let stale = ETag(rawValue: "AAAAAAAAAGM=")

    @Test("every kind of update takes the right ETag, refuses a wrong one, and takes none at all")
    func etags() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevice(Device(id: "d"))
            let writes: [(RegistryManager, Int64, ETag?) async throws -> Twin] = [
                { manager, value, etag in
                    var twin = try await manager.getTwin("d")
                    twin.properties.desired["a"] = .integer(value)
                    return try await manager.updateTwin("d", twinPatch: twin, etag: etag)
                },
                { manager, value, etag in
                    let text = #"{ "properties": { "desired": { "a": \#(value) } } }"#
                    return try await manager.updateTwin("d", jsonTwinPatch: text, etag: etag)
                },
                { manager, value, etag in
                    let patch: JSON = ["properties": ["desired": ["a": .integer(value)]]]
                    return try await manager.updateTwin("d", patch: patch, etag: etag)
                },
                { manager, value, etag in
                    try await manager.replaceTwin("d", newTwin: Twin(desired: ["a": .integer(value)]), etag: etag)
                },
                { manager, value, etag in
                    let text = #"{ "properties": { "desired": { "a": \#(value) } } }"#
                    return try await manager.replaceTwin("d", newTwinJSON: text, etag: etag)
                },
            ]
            for (index, write) in writes.enumerated() {
                let value = Int64(index * 2 + 1)
                let before = try await manager.getTwin("d")
                func refusal(_ value: Int64, _ etag: ETag?) async -> IoTHubErrorCode? {
                    await RealHub.refusal { _ = try await write(manager, value, etag) }
                }
                #expect(await refusal(value, Self.stale) == .preconditionFailed)
                #expect(try await manager.getTwin("d") == before)
                let after = try await write(manager, value, before.etag)
                #expect(after.properties.desired["a"] == .integer(value))
                #expect(after.properties.desired.version == (before.properties.desired.version ?? 0) + 1)
                #expect(await refusal(value + 1, before.etag) == .preconditionFailed)
                #expect(try await write(manager, value + 1, nil).properties.desired["a"] == .integer(value + 1))
            }
        }
    }

    @Test("an update leaves what it does not name, a replacement leaves nothing; both count up")
    func updateAndReplace() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevice(Device(id: "d"))
            var twin = try await manager.updateTwin(
                "d",
                twinPatch: Twin(tags: ["location": ["plant": "43"]], desired: ["fan": ["rpm": 900, "on": true]])
            )
            twin.properties.desired["fan.rpm"] = 950
            twin.tags["location.region"] = "US"
            twin = try await manager.updateTwin("d", twinPatch: twin, etag: twin.etag)
            #expect(twin.properties.desired.values == ["fan": ["rpm": 950, "on": true]])
            #expect(twin.tags.values == ["location": ["plant": "43", "region": "US"]])
            // Only what was sent counts as changed.
            #expect(twin.properties.desired.lastUpdatedVersion(at: "fan.rpm") == 3)
            #expect(twin.properties.desired.lastUpdatedVersion(at: "fan.on") == 2)

            twin.properties.desired["fan.on"] = nil
            twin = try await manager.updateTwin("d", twinPatch: twin, etag: twin.etag)
            #expect(twin.properties.desired.values == ["fan": ["rpm": 950]])
            let unchanged = try await manager.updateTwin("d", twinPatch: twin, etag: twin.etag)
            #expect(unchanged == twin)

            twin = try await manager.replaceTwin("d", newTwin: Twin(tags: ["t": 1], desired: ["led": "red"]))
            #expect(twin.tags.values == ["t": 1])
            #expect(twin.properties.desired.values == ["led": "red"])
            #expect(twin.properties.desired.version == 5)
        }
    }

    @Test("of many updates some fail, each with its reason, and the others are done")
    func bulk() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevices2(["a", "b", "c"].map { Device(id: $0) })
            var twins: [Twin] = []
            for id in ["a", "b", "c"] {
                var twin = try await manager.getTwin(id)
                twin.properties.desired["speed"] = 5
                twins.append(twin)
            }
            try await manager.updateTwin("b", patch: ["tags": ["touched": true]])
            twins.append(Twin(deviceID: "x", etag: Self.stale, desired: ["speed": 5]))
            let result = try await manager.updateTwins2(twins)
            #expect(!result.isSuccessful)
            #expect(result.errors.map(\.deviceID) == ["b", "x"])
            #expect(result.errors.map(\.code) == [.preconditionFailed, .deviceNotFound])
            var speeds: [JSON?] = []
            for id in ["a", "b", "c"] { speeds.append(try await manager.getTwin(id).properties.desired["speed"]) }
            #expect(speeds == [5, nil, 5])
            let forced = try await manager.updateTwins2(Array(twins.prefix(3)), forceUpdate: true)
            #expect(forced.isSuccessful)
            #expect(try await manager.getTwin("b").properties.desired["speed"] == 5)
        }
    }

    @Test("of two writers with one ETag exactly one wins, 1,000 times")
    func twoWriters() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevice(Device(id: "d"))
            var etag = try await manager.getTwin("d").etag
            for round in 0..<1000 {
                let basis = etag
                let winners = try await withThrowingTaskGroup(of: Twin?.self) { group in
                    for writer in 0..<2 {
                        group.addTask {
                            let patch: JSON = ["properties": ["desired": ["w": .integer(Int64(writer))]]]
                            do {
                                return try await manager.updateTwin("d", patch: patch, etag: basis)
                            } catch let error as ServiceClientError where error.code == .preconditionFailed {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [Twin]()) { if let twin = $1 { $0.append(twin) } }
                }
                #expect(winners.count == 1)
                #expect(winners.first?.properties.desired.version == Int64(round + 2))
                etag = winners.first?.etag
            }
        }
    }
}
