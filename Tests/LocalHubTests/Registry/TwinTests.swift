import IoTHub
import Testing

@testable import LocalHub

@Suite("Twins of the registry")
struct TwinTests {
    let time = HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 0)
    let registry: TwinRegistry

    init() throws {
        let time = time
        registry = TwinRegistry(clock: { time })
        try registry.createDevice(Device(id: "d"))
    }

    @Test("a patch merges, a replace puts in place; both move the versions on")
    func writes() throws {
        try registry.patchTwin("d", with: TwinWrite(tags: ["a": 1], desired: ["x": 1, "y": 2]))
        let patched = try registry.patchTwin("d", with: TwinWrite(desired: ["x": nil, "z": 3]))
        #expect(patched.twin.desired.values == ["y": 2, "z": 3])
        #expect(patched.twin.tags == ["a": 1])
        #expect(patched.twin.desired.version == 3)
        let replaced = try registry.replaceTwin("d", with: TwinWrite(desired: ["only": true]))
        #expect(replaced.twin.desired.values == ["only": true])
        #expect(replaced.twin.tags.isEmpty)
        #expect(replaced.twin.desired.version == 4)
    }

    @Test(
        "If-Match guards a twin in all its forms",
        arguments: [
            ("AAAAAAAAAAE=", true), ("\"AAAAAAAAAAE=\"", true), ("W/\"AAAAAAAAAAE=\"", true), ("*", true),
            ("\"*\"", true), (nil, true), ("\"AAAAAAAAAAI=\"", false), ("\"\"", false),
        ] as [(String?, Bool)]
    )
    func ifMatch(_ header: String?, _ isAllowed: Bool) throws {
        let expected: IoTHubErrorCode? = isAllowed ? nil : .preconditionFailed
        let write = TwinWrite(desired: ["a": 1])
        #expect(code { try registry.patchTwin("d", with: write, ifMatch: header) } == expected)
        #expect(try registry.twin(of: "d").twin.desired.version == (isAllowed ? 2 : 1))
    }

    @Test("a broken limit names the path and changes nothing")
    func limits() throws {
        let before = try registry.serviceView(of: "d")
        do {
            try registry.patchTwin("d", with: TwinWrite(desired: ["a": ["b": [1, nil]]]))
            Issue.record("a null in an array was accepted")
        } catch {
            #expect(error.code == .argumentInvalid)
            #expect(error.path == "properties.desired.a.b[1]")
        }
        #expect(try registry.serviceView(of: "d") == before)
    }

    @Test("a device reports, optionally on top of a version")
    func reports() throws {
        #expect(try registry.patchReported("d", ["a": 1], ifVersion: nil) == 2)
        #expect(try registry.patchReported("d", ["b": 2], ifVersion: 2) == 3)
        #expect(code { _ = try registry.patchReported("d", ["c": 3], ifVersion: 2) } == .preconditionFailed)
        let twin = try registry.twin(of: "d").twin
        #expect(twin.reported.values == ["a": 1, "b": 2])
        #expect(twin.etag.rawValue == "AAAAAAAAAAE=", "a report does not touch the service's ETag")
        #expect(try registry.device("d").lastActivityTime == time)
    }

    @Test("a device sees its properties and nothing else")
    func deviceView() throws {
        try registry.patchTwin("d", with: TwinWrite(tags: ["secret": 1], desired: ["x": 1]))
        _ = try registry.patchReported("d", ["y": 2], ifVersion: nil)
        let view = try JSON.object(registry.twinForDevice("d").deviceView())
        #expect(view == ["desired": ["x": 1, "$version": 2], "reported": ["y": 2, "$version": 2]])
    }

    @Test("a service sees the identity's state in the twin")
    func serviceView() throws {
        try registry.connect("d", connection: RecordingConnection(), modelID: "dtmi:com:example;1")
        let view = try registry.serviceView(of: "d")
        #expect(view["deviceId"] == "d")
        #expect(view["etag"] == "AAAAAAAAAAE=")
        #expect(view["version"] == 2)
        #expect(view["connectionState"] == "Connected")
        #expect(view["modelId"] == "dtmi:com:example;1")
        #expect(view["lastActivityTime"] == "2023-11-14T22:13:20Z")
        #expect(view["deviceEtag"]?.stringValue == (try registry.device("d").etag?.rawValue))
    }
}
