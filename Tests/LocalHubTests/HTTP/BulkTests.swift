import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: bulk requests")
struct BulkTests {
    let bench = ServiceBench()

    private func post(_ body: String) throws -> ServiceBench.Reply { try bench.send("POST", "/devices", body) }

    private func errors(_ reply: ServiceBench.Reply) -> [String: String] {
        var errors: [String: String] = [:]
        for error in reply.json["errors"]?.arrayValue ?? [] {
            errors[error["deviceId"]?.stringValue ?? ""] = error["errorCode"]?.stringValue
        }
        return errors
    }

    @Test("devices are created with twin data, updated and deleted")
    func lifeCycle() throws {
        let created = try post(
            #"[{"id":"a","importMode":"create","tags":{"t":1},"properties":{"desired":{"x":1}}},{"id":"b"}]"#
        )
        #expect(created.status == 200)
        #expect(created.json == ["isSuccessful": true, "errors": [], "warnings": []])
        #expect(try bench.registry.twin(of: "a").twin.desired.values == ["x": 1])
        #expect(try bench.registry.twin(of: "b").twin.desired.version == 1)
        let updated = try post(
            #"[{"id":"a","importMode":"update","status":"disabled"},{"id":"b","importMode":"delete"}]"#
        )
        #expect(updated.status == 200)
        #expect(try bench.registry.device("a").status == .disabled)
        #expect(bench.registry.devices().map(\.id) == ["a"])
    }

    @Test("some items may fail: 400 with the same body shape, and the others are carried out")
    func partialFailure() throws {
        for id in ["a", "b", "c", "d"] { try bench.registry.createDevice(Device(id: id)) }
        let reply = try post(
            """
            [{"id":"a","importMode":"updateTwin","properties":{"desired":{"x":1}}},
             {"id":"nobody","importMode":"updateTwin","tags":{}},
             {"id":"b","importMode":"create"},
             {"id":"c","importMode":"updateTwin","tags":{"a.b":1}},
             {"id":"d","importMode":"odd"},
             {"id":"bad id","importMode":"create"},
             {"id":"e","importMode":"create","moduleId":"m"}]
            """
        )
        #expect(reply.status == 400)
        #expect(reply.code == nil, "a bulk answer is a result, not an error")
        #expect(reply.json["isSuccessful"] == false)
        #expect(
            errors(reply) == [
                "nobody": "DeviceNotFound", "b": "DeviceAlreadyExists", "c": "ArgumentInvalid", "d": "ArgumentInvalid",
                "bad id": "ArgumentInvalid", "e": "FeatureNotSupported",
            ]
        )
        #expect(try bench.registry.twin(of: "a").twin.desired.values == ["x": 1])
    }

    @Test("the modes that compare ETags do, and are refused without one")
    func etags() throws {
        let etag = try #require(try bench.registry.createDevice(Device(id: "d")).etag?.rawValue)
        let twinETag = try bench.registry.twin(of: "d").twin.etag.rawValue
        func run(_ mode: String, _ members: String = "") throws -> String? {
            errors(try post(#"[{"id":"d","importMode":"\#(mode)"\#(members)}]"#))["d"]
        }
        for mode in ["updateIfMatchETag", "deleteIfMatchETag"] {
            #expect(try run(mode) == "ArgumentInvalid")
            #expect(try run(mode, #","eTag":"bm8=""#) == "PreconditionFailed")
        }
        #expect(try run("updateTwinIfMatchETag", #","tags":{"a":1}"#) == "ArgumentInvalid")
        #expect(try run("updateTwinIfMatchETag", #","tags":{"a":1},"twinETag":"bm8=""#) == "PreconditionFailed")
        #expect(try run("updateTwinIfMatchETag", #","tags":{"a":1},"twinETag":"\#(twinETag)""#) == nil)
        #expect(try run("updateTwinIfMatchETag", #","tags":{"a":1},"twinETag":"\#(twinETag)""#) == "PreconditionFailed")
        #expect(try run("updateTwin", #","tags":{"a":2},"twinETag":"\#(twinETag)""#) == nil, "the mode ignores it")
        #expect(try run("updateIfMatchETag", #","eTag":"\#(etag)""#) == nil)
        let next = try #require(try bench.registry.device("d").etag?.rawValue)
        #expect(try run("deleteIfMatchETag", #","eTag":"\#(next)""#) == nil)
        #expect(try run("update") == "DeviceNotFound")
    }

    /// For each mode the error on a device that is not there, on one that is, and on one with another ETag.
    private static func outcomes(_ mode: BulkOperation.Mode) -> (missing: String?, there: String?, other: String?) {
        switch mode {
        case .create: (nil, "DeviceAlreadyExists", "DeviceAlreadyExists")
        case .createOrUpdate: (nil, nil, nil)
        case .createOrUpdateIfMatchETag: (nil, nil, "PreconditionFailed")
        case .update, .delete, .updateTwin: ("DeviceNotFound", nil, nil)
        case .updateIfMatchETag, .deleteIfMatchETag, .updateTwinIfMatchETag:
            ("DeviceNotFound", nil, "PreconditionFailed")
        }
    }

    @Test("each mode does what it promises", arguments: BulkOperation.Mode.allCases)
    func modes(_ mode: BulkOperation.Mode) throws {
        let expected = Self.outcomes(mode)
        let isTwinMode = mode == .updateTwin || mode == .updateTwinIfMatchETag
        func run(eTag: String, twinETag: String) throws -> String? {
            // In the modes for identities `twinETag` guards twin data by itself, so it is not given there.
            let twin = isTwinMode ? #","twinETag":"\#(twinETag)""# : ""
            let item = #"{"id":"d","importMode":"\#(mode)","eTag":"\#(eTag)"\#(twin),"tags":{"mode":"\#(mode)"}}"#
            let reply = try post("[\(item)]")
            #expect(reply.status == (reply.json["isSuccessful"] == true ? 200 : 400))
            #expect(reply.json["warnings"] == [])
            return errors(reply)["d"]
        }
        #expect(try run(eTag: "bm8=", twinETag: "bm8=") == expected.missing)
        #expect(bench.registry.devices().count == (expected.missing == nil ? 1 : 0))
        if expected.missing != nil { try bench.registry.createDevice(Device(id: "d")) }
        #expect(try run(eTag: "bm8=", twinETag: "bm8=") == expected.other)
        if bench.registry.devices().isEmpty { try bench.registry.createDevice(Device(id: "d")) }
        let device = try bench.registry.device("d")
        let twin = try bench.registry.twin(of: "d").twin
        let error = try run(eTag: device.etag?.rawValue ?? "", twinETag: twin.etag.rawValue)
        #expect(error == expected.there)
        switch mode {
        case .delete, .deleteIfMatchETag: #expect(bench.registry.devices().isEmpty)
        default: #expect(try bench.registry.twin(of: "d").twin.tags == ["mode": .string("\(mode)")])
        }
    }

    @Test("without an ETag createOrUpdateIfMatchETag makes a device, but overwrites none")
    func createWithoutETag() throws {
        let body = #"[{"id":"d","importMode":"createOrUpdateIfMatchETag","status":"disabled"}]"#
        #expect(try post(body).status == 200)
        #expect(errors(try post(body)) == ["d": "PreconditionFailed"])
    }

    @Test("twin updates do not look at what else an item holds")
    func junk() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let reply = try post(
            #"[{"id":"d","importMode":"updateTwin","status":"odd","authentication":7,"tags":{"a":1},"version":null}]"#
        )
        #expect(reply.status == 200)
        #expect(try bench.registry.twin(of: "d").twin.tags == ["a": 1])
    }

    @Test("a twin that is refused leaves its identity alone")
    func bothOrNeither() throws {
        let etag = try bench.registry.createDevice(Device(id: "d")).etag
        let large = (0..<3).map { #""k\#($0)":"\#(String(repeating: "x", count: 4000))""# }.joined(separator: ",")
        let reply = try post(
            #"[{"id":"d","importMode":"update","status":"disabled","tags":{\#(large)}},"#
                + #"{"id":"e","importMode":"create","tags":{\#(large)}}]"#
        )
        #expect(errors(reply) == ["d": "MessageTooLarge", "e": "MessageTooLarge"])
        #expect(try bench.registry.device("d").etag == etag)
        #expect(bench.registry.devices().map(\.id) == ["d"])
    }

    @Test("100 items are taken, 101 are refused as a whole")
    func size() throws {
        func body(_ count: Int) -> String {
            "[" + (0..<count).map { #"{"id":"d\#($0)","importMode":"create"}"# }.joined(separator: ",") + "]"
        }
        let tooMany = try post(body(101))
        #expect(tooMany.status == 413)
        #expect(tooMany.code == .tooManyDevices)
        #expect(bench.registry.devices().isEmpty)
        #expect(try post(body(100)).status == 200)
        #expect(bench.registry.devices().count == 100)
    }

    @Test(
        "a request that is none is refused as a whole",
        arguments: [
            (#"[{"id":"a"},{"id":"a"}]"#, IoTHubErrorCode.deviceDefinedMultipleTimes), ("{}", .argumentInvalid),
            ("[1]", .argumentInvalid), (#"[{"deviceId":"a"}]"#, .argumentInvalid), ("[", .argumentInvalid),
        ]
    )
    func refused(_ body: String, _ expected: IoTHubErrorCode) throws {
        #expect(try post(body).code == expected)
        #expect(bench.registry.devices().isEmpty)
    }
}
