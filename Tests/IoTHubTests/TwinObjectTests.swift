import TestKit
import Testing

@testable import IoTHub

/// Twins as a client holds them.
@Suite struct TwinObjectTests {
    private static let view = """
        {"deviceId":"dev1","etag":"AAAAAAAAAAI=","deviceEtag":"NTMw","status":"disabled","statusReason":"in repair",\
        "statusUpdateTime":"2024-05-06T07:08:09.1234567Z","connectionState":"Connected",\
        "lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":3,"authenticationType":"selfSigned",\
        "x509Thumbprint":{"primaryThumbprint":"AB","secondaryThumbprint":null},"modelId":"dtmi:a;1","version":7,\
        "tags":{"location":{"plant":"43"}},"properties":{"desired":{"fan":{"rpm":900},"led":true,\
        "$metadata":{"$lastUpdated":"2024-05-06T07:08:09.1234567Z","$lastUpdatedVersion":4,\
        "fan":{"$lastUpdated":"2024-05-06T07:00:00.0000001Z","$lastUpdatedVersion":3,\
        "rpm":{"$lastUpdated":"2024-05-06T07:00:00.0000001Z","$lastUpdatedVersion":3}},\
        "led":{"$lastUpdated":"2024-05-06T07:08:09.1234567Z","$lastUpdatedVersion":4}},"$version":4},\
        "reported":{"x":1,"$metadata":{"$lastUpdated":"2024-05-06T06:59:00.7654321Z",\
        "x":{"$lastUpdated":"2024-05-06T06:59:00.7654321Z"}},"$version":2}},"capabilities":{"iotEdge":true},\
        "deviceScope":"s","parentScopes":["p","q"],"novel":[1]}
        """

    private func read() throws -> Twin { try Twin(json: JSON(parsing: Self.view)) }

    @Test("every field of the service view can be read")
    func fields() throws {
        let twin = try read()
        #expect(twin.deviceID == "dev1")
        #expect(twin.etag == ETag(rawValue: "AAAAAAAAAAI="))
        #expect(twin.deviceEtag == ETag(rawValue: "NTMw"))
        #expect(twin.status == .disabled)
        #expect(twin.statusReason == "in repair")
        #expect(twin.statusUpdateTime?.description == "2024-05-06T07:08:09.1234567Z")
        #expect(twin.connectionState == .connected)
        #expect(twin.lastActivityTime == .never)
        #expect(twin.cloudToDeviceMessageCount == 3)
        #expect(twin.authenticationType == .selfSigned)
        #expect(twin.x509Thumbprint == X509Thumbprint(primaryThumbprint: "AB"))
        #expect(twin.modelID == "dtmi:a;1")
        #expect(twin.version == 7)
        #expect(twin.capabilities == DeviceCapabilities(iotEdge: true))
        #expect(twin.deviceScope == "s")
        #expect(twin.parentScopes == ["p", "q"])
        #expect(twin.properties.desired.version == 4)
        #expect(twin.properties.reported.version == 2)
    }

    @Test("a twin by hand has none of the hub's fields")
    func byHand() {
        let twin = Twin(deviceID: "d", tags: ["a": 1])
        #expect(twin.version == nil)
        #expect(twin.status == nil)
        #expect(twin.x509Thumbprint == nil)
        #expect(twin.parentScopes == nil)
        #expect(twin.json == ["deviceId": "d", "tags": ["a": 1], "properties": ["desired": [:], "reported": [:]]])
    }

    @Test("the JSON of a twin is the hub's, unknown members included, with what was changed since")
    func json() throws {
        var twin = try read()
        #expect(JSON.object(twin.json) == (try JSON(parsing: Self.view)))
        twin.tags["location.plant"] = "44"
        #expect(twin.json["tags"]?["location"]?["plant"] == "44")
        #expect(try Twin(json: .object(twin.json)) == twin)
    }

    @Test("metadata is read by path")
    func metadata() throws {
        let twin = try read()
        #expect(twin.properties.desired.lastUpdatedVersion == 4)
        #expect(twin.properties.desired.lastUpdatedVersion(at: "fan.rpm") == 3)
        #expect(twin.properties.desired.lastUpdated(at: "fan")?.description == "2024-05-06T07:00:00.0000001Z")
        #expect(twin.properties.desired.lastUpdated(at: "fan.speed") == nil)
        #expect(twin.properties.reported.lastUpdated(at: "x") == twin.properties.reported.lastUpdated)
        #expect(twin.properties.reported.lastUpdatedVersion(at: "x") == nil)
        #expect(twin.tags.lastUpdated == nil)
    }

    @Test("a path reads and writes members of members; what is in the way gives way")
    func paths() {
        var tags: TwinCollection = ["location": ["region": "US"], "floor": 3]
        #expect(tags["location.region"] == "US")
        #expect(tags["location"] == ["region": "US"])
        #expect(tags["location.plant"] == nil)
        #expect(tags["floor.room"] == nil)
        tags["location.plant"] = "43"
        tags["a.b.c"] = true
        tags["floor.room"] = 12
        #expect(
            tags == [
                "location": ["region": "US", "plant": "43"], "a": ["b": ["c": true]], "floor": ["room": 12],
            ]
        )
        tags["location.region"] = nil
        tags["x.y"] = nil
        tags["a.b"] = .null
        tags["floor"] = nil
        #expect(tags == ["location": ["plant": "43"], "a": ["b": nil]])
    }

    @Test(
        "the changes are the smallest patch",
        arguments: [
            (#"{}"#, #"{}"#, #"{}"#), (#"{"a":1}"#, #"{"a":1}"#, #"{}"#), (#"{"a":1}"#, #"{}"#, #"{"a":null}"#),
            (#"{}"#, #"{"a":1}"#, #"{"a":1}"#), (#"{"a":1}"#, #"{"a":1.0}"#, #"{"a":1.0}"#),
            (#"{"a":{"b":1,"c":2}}"#, #"{"a":{"b":1,"c":3}}"#, #"{"a":{"c":3}}"#),
            (#"{"a":{"b":1}}"#, #"{"a":{}}"#, #"{"a":{"b":null}}"#), (#"{"a":1}"#, #"{"a":{}}"#, #"{"a":{}}"#),
            (#"{}"#, #"{"a":{}}"#, #"{"a":{}}"#), (#"{"a":{"b":1}}"#, #"{"a":2}"#, #"{"a":2}"#),
            (#"{"a":[1,2]}"#, #"{"a":[1,3]}"#, #"{"a":[1,3]}"#), (#"{"a":[{"b":1}]}"#, #"{"a":[{"b":1}]}"#, #"{}"#),
            (#"{"a":{"b":{"c":1},"d":1}}"#, #"{"a":{"d":1}}"#, #"{"a":{"b":null}}"#),
            (#"{"a":1}"#, #"{"a":null}"#, #"{"a":null}"#), (#"{}"#, #"{"a":null}"#, #"{"a":null}"#),
        ]
    )
    func smallestPatch(old: String, new: String, patch: String) throws {
        let found = try JSONObject(parsing: new).patch(from: JSONObject(parsing: old))
        #expect(found == (try JSONObject(parsing: patch)))
    }

    @Test("the changes, merged into the old section, give the new one, for 2,000 random pairs")
    func changesAreRight() {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<2000 {
            let old = Self.object(depth: 3, &generator)
            let new = Self.object(depth: 3, &generator)
            var merged = old
            merged.merge(patch: new.patch(from: old))
            #expect(merged == new)
            #expect(new.patch(from: new).isEmpty)
        }
    }

    @Test("what was changed plays no part in comparisons")
    func equality() throws {
        let twin = try read()
        var other = twin
        other.tags["location.plant"] = "44"
        #expect(other != twin)
        #expect(other.changes == TwinWrite(tags: ["location": ["plant": "44"]]))
        other.tags["location.plant"] = "43"
        #expect(other == twin)
        #expect(other.hashValue == twin.hashValue)
        #expect(other.changes == TwinWrite())
    }

    /// An object of a few names, so that random pairs overlap.
    private static func object(depth: Int, _ generator: inout SeededGenerator) -> JSONObject {
        var object = JSONObject()
        for name in ["a", "b", "c"] {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1: continue
            case 2: object[name] = .integer(Int64.random(in: 0...1, using: &generator))
            case 3: object[name] = .bool(Bool.random(using: &generator))
            case 4: object[name] = [.integer(Int64.random(in: 0...1, using: &generator))]
            default: object[name] = .object(depth == 0 ? [:] : Self.object(depth: depth - 1, &generator))
            }
        }
        return object
    }
}
