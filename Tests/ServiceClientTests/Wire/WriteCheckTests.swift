import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// What is refused before it is sent, and where it says that the fault lies.
@Suite(.timeLimit(.minutes(1))) struct WriteCheckTests {
    private static let long = String(repeating: "x", count: 4097)
    private static let eleven = String(repeating: #"{"a":"#, count: 11) + "1" + String(repeating: "}", count: 11)
    private static let large =
        "{" + (1...9).map { #""k\#($0)":"\#(String(repeating: "x", count: 4000))""# }.joined(separator: ",") + "}"

    /// JSON text, path, and a part of the message.
    static let bad: [(text: String, path: String?, message: String)] = [
        (#"{"tags":{"a":[1,null]}}"#, "tags.a[1]", "cannot be null"),
        (#"{"tags":{"a":{"b":[{"c":null}]}}}"#, "tags.a.b[0].c", "cannot be null"),
        (#"{"properties":{"desired":{"d":\#(eleven)}}}"#, "properties.desired.d.a.a.a.a.a.a.a.a.a.a", "deeper than 10"),
        (#"{"properties":{"desired":{"s":"\#(long)"}}}"#, "properties.desired.s", "maximum 4096 bytes"),
        (#"{"properties":{"desired":{"a.b":1}}}"#, "properties.desired", "has '.'"),
        (#"{"tags":{"t":{"a b":1}}}"#, "tags.t", "has ' '"),
        (#"{"tags":{"$t":1}}"#, "tags", "has '$'"),
        (#"{"tags":{"":1}}"#, "tags", "is empty"),
        (#"{"tags":{"n":4503599627370496}}"#, "tags.n", "out of range"),
        (#"{"properties":{"desired":{"n":-4503599627370497}}}"#, "properties.desired.n", "out of range"),
        (#"{"properties":{"desired":\#(large)}}"#, "properties.desired", "at most 32768 are allowed"),
        (#"{"tags":\#(large)}"#, "tags", "at most 8192 are allowed"),
        (#"{"tags":5}"#, "tags", "expected tags as an object"),
        (#"{"tags":{},"properties":[]}"#, "properties", "expected properties as an object"),
        (#"[]"#, nil, "expected a twin as a JSON object, found array"),
        (#"5"#, nil, "expected a twin as a JSON object, found number"),
        (#"{"desired":{"a":1}}"#, "desired", "expected it inside 'properties'"),
        (#"{"properties":{"speed":1}}"#, "properties.speed", "expected it inside 'properties.desired'"),
        (#"{"properties":{"reported":{"a":1}}}"#, nil, "nothing in 'properties' can be written"),
        (#"{"tag":{"a":1}}"#, nil, "expected 'tags' or 'properties.desired'"),
    ]

    @Test("a bad twin is refused with its path by every write", arguments: bad)
    func twins(text: String, path: String?, message: String) async throws {
        try await ScriptedHub.with([]) { manager, server in
            let json = try JSON(parsing: text)
            let writes: [() async throws -> Void] = [
                { try await manager.updateTwin("d", jsonTwinPatch: text) },
                { try await manager.updateTwin("d", patch: json) },
                { try await manager.replaceTwin("d", newTwinJSON: text) },
            ]
            for write in writes {
                let error = await #expect(throws: ServiceClientError.self) { try await write() }
                #expect(error?.reason == .invalidArgument)
                #expect(error?.path == path)
                #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
                #expect(error?.mayHaveBeenApplied == false)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test(
        "a text that is not JSON is refused with line and column",
        arguments: [
            ("{\n  \"tags\": {\n    \"a\": 1,\n  }\n}", 4, 3), ("", 1, 0), ("{", 1, 1), ("{\"tags\":{}} x", 1, 13),
            ("{ tags: { } }", 1, 6),
        ]
    )
    func syntax(text: String, line: Int, column: Int) async throws {
        try await ScriptedHub.with([]) { manager, server in
            for write in [
                { try await manager.updateTwin("d", jsonTwinPatch: text) },
                { try await manager.replaceTwin("d", newTwinJSON: text) },
            ] {
                let error = await #expect(throws: ServiceClientError.self) { try await write() }
                #expect(error?.reason == .invalidArgument)
                #expect(error?.position == ServiceClientError.TextPosition(line: line, column: column))
                #expect(error?.message.contains("line \(line), column \(column)") == true)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("objects are held to the same limits, alone and in bulk, and the device is named")
    func objects() async throws {
        try await ScriptedHub.with([]) { manager, server in
            let bad = Twin(deviceID: "d", desired: ["a": [1, nil]])
            let writes: [() async throws -> Void] = [
                { try await manager.updateTwin("d", twinPatch: bad) },
                { try await manager.replaceTwin("d", newTwin: bad) },
                { try await manager.updateTwins2([bad], forceUpdate: true) },
                { try await manager.updateTwins2([TwinUpdate(deviceID: "d", desired: bad.properties.desired.values)]) },
                { try await manager.addDeviceWithTwin(Device(id: "d"), twin: bad) },
            ]
            for write in writes {
                let error = await #expect(throws: ServiceClientError.self) { try await write() }
                #expect(error?.reason == .invalidArgument)
                #expect(error?.code == .argumentInvalid)
                #expect(error?.path == "properties.desired.a[1]")
            }
            let error = await #expect(throws: ServiceClientError.self) { try await writes[2]() }
            #expect(error?.message.hasPrefix("device 'd': ") == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("a bad identity is refused with its path, alone and in bulk")
    func devices() async throws {
        var reason = Device(id: "d")
        reason.statusReason = String(repeating: "x", count: 129)
        let bad: [(Device, String)] = [
            (Device(id: "a b"), "deviceId"), (reason, "statusReason"),
            (Device(id: "d", authentication: .sas(primaryKey: "?")), "authentication.symmetricKey.primaryKey"),
            (
                Device(id: "d", authentication: .selfSigned(primaryThumbprint: "12")),
                "authentication.x509Thumbprint.primaryThumbprint"
            ),
        ]
        try await ScriptedHub.with([]) { manager, server in
            for (device, path) in bad {
                let writes: [() async throws -> Void] = [
                    { try await manager.addDevice(device) },
                    { try await manager.updateDevice(device, forceUpdate: true) },
                    { try await manager.addDevices2([device]) },
                    { try await manager.updateDevices2([device], forceUpdate: true) },
                ]
                for write in writes {
                    let error = await #expect(throws: ServiceClientError.self) { try await write() }
                    #expect(error?.reason == .invalidArgument)
                    #expect(error?.path == path)
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("an identity without ETag is not overwritten or removed unless forced; listings have their limit")
    func missingETag() async throws {
        try await ScriptedHub.with([]) { manager, server in
            let calls: [() async throws -> Void] = [
                { try await manager.updateDevice(Device(id: "d")) },
                { try await manager.updateDevices2([Device(id: "d")]) },
                { try await manager.removeDevices2([Device(id: "d")]) },
                { _ = try await manager.getDevices(maxCount: 0) },
                { _ = try await manager.getDevices(maxCount: 1001) },
            ]
            for call in calls {
                let error = await #expect(throws: ServiceClientError.self) { try await call() }
                #expect(error?.reason == .invalidArgument)
            }
            #expect(server.requests.isEmpty)
        }
    }
}
