import IoTHub
import Testing

@Suite("TwinDocument")
struct TwinDocumentTests {
    let first = HubTimestamp(ticksSinceEpoch: 17_149_792_000_000_001)
    let second = HubTimestamp(ticksSinceEpoch: 17_149_796_891_234_567)

    @Test("a new twin is empty, with the counters of a new device")
    func new() {
        let twin = TwinDocument(deviceID: "dev1")
        #expect(twin.etag.rawValue == "AAAAAAAAAAE=")
        #expect(twin.version == 2)
        #expect(
            twin.desired.serviceView.text
                == #"{"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z"},"$version":1}"#
        )
        #expect(twin.deviceView().text == #"{"desired":{"$version":1},"reported":{"$version":1}}"#)
    }

    @Test("metadata marks what changed and its ancestors, and leaves siblings alone")
    func metadata() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patch(TwinWrite(desired: ["fan": ["rpm": 800, "on": true]]), at: first)
        _ = try twin.patch(TwinWrite(desired: ["fan": ["rpm": 900]]), at: second)
        let old: JSON = ["$lastUpdated": .string(first.description), "$lastUpdatedVersion": 2]
        let new: JSON = ["$lastUpdated": .string(second.description), "$lastUpdatedVersion": 3]
        let metadata = JSON.object(twin.desired.metadata)
        #expect(metadata["fan"]?["on"] == old)
        #expect(metadata["fan"]?["rpm"] == new)
        #expect(metadata["fan"]?["$lastUpdatedVersion"] == 3)
        #expect(metadata["$lastUpdatedVersion"] == 3)
        #expect(twin.desired.version == 3)
        #expect(twin.desired.lastUpdated == second)
    }

    @Test("a removed member loses its node, an array is a leaf, reported nodes carry no version")
    func metadataOfRemovedMembers() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patchReported(["a": ["b": 1], "list": [["x": 1]]], at: first)
        _ = try twin.patchReported(["a": ["b": nil]], at: second)
        let metadata = JSON.object(twin.reported.metadata)
        #expect(metadata["a"] == ["$lastUpdated": .string(second.description)])
        #expect(metadata["list"] == ["$lastUpdated": .string(first.description)])
        #expect(twin.reported.values == ["a": [:], "list": [["x": 1]]])
    }

    @Test("a leaf that becomes an object gets a fresh node, and back")
    func kinds() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patch(TwinWrite(desired: ["a": 1]), at: first)
        _ = try twin.patch(TwinWrite(desired: ["a": ["b": 1]]), at: second)
        #expect(JSON.object(twin.desired.metadata)["a"]?["b"]?["$lastUpdatedVersion"] == 3)
        _ = try twin.patch(TwinWrite(desired: ["a": 2]), at: second)
        #expect(JSON.object(twin.desired.metadata)["a"]?["b"] == nil)
    }

    @Test("a notification holds the patch as written, nulls and version included")
    func notification() throws {
        var twin = TwinDocument(deviceID: "dev1")
        let change = try twin.patch(TwinWrite(desired: ["fan": ["rpm": 950], "oldKey": nil]), at: first)
        let body = try #require(change).body
        #expect(String(decoding: body, as: UTF8.self) == #"{"fan":{"rpm":950},"oldKey":null,"$version":2}"#)
        #expect(twin.desired.values == ["fan": ["rpm": 950]])
    }

    @Test("tags alone notify nobody but change the ETag")
    func tagsOnly() throws {
        var twin = TwinDocument(deviceID: "dev1")
        #expect(try twin.patch(TwinWrite(tags: ["plant": "Redmond43"], desired: [:]), at: first) == nil)
        #expect(twin.desired.version == 1)
        #expect(twin.etag.rawValue == "AAAAAAAAAAI=")
        #expect(twin.version == 3)
    }

    @Test("a report does not change the ETag")
    func reportKeepsETag() throws {
        var twin = TwinDocument(deviceID: "dev1")
        #expect(try twin.patchReported(["t": 21.5], at: first) == 2)
        #expect(twin.etag.rawValue == "AAAAAAAAAAE=")
        #expect(twin.version == 3)
    }

    @Test("replace empties what it leaves out, adds one to the version, and notifies with the whole section")
    func replace() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patch(TwinWrite(tags: ["t": 1], desired: ["a": 1, "b": 2]), at: first)
        let change = try twin.replace(with: TwinWrite(desired: ["b": 3, "c": nil]), at: second)
        #expect(twin.tags.isEmpty)
        #expect(twin.desired.values == ["b": 3])
        #expect(change.version == 3)
        #expect(String(decoding: change.body, as: UTF8.self) == #"{"b":3,"$version":3}"#)
        #expect(JSON.object(twin.desired.metadata)["a"] == nil)
    }

    @Test("a report on another base version is refused and changes nothing")
    func precondition() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patchReported(["a": 1], ifVersion: 1, at: first)
        let error = #expect(throws: IoTHubError.self) { try twin.patchReported(["a": 2], ifVersion: 1, at: first) }
        #expect(error?.code == .preconditionFailed)
        #expect(twin.reported.values == ["a": 1])
        #expect(twin.reported.version == 2)
    }

    @Test("read-only names in a write are ignored")
    func readOnlyNames() throws {
        let write = try TwinWrite(
            json: [
                "deviceId": "x", "etag": nil, "version": 7, "tags": ["a": 1],
                "properties": [
                    "desired": ["d": 1, "$version": 9, "$metadata": ["d": [:]]], "reported": ["r": 1],
                ],
            ])
        #expect(write == TwinWrite(tags: ["a": 1], desired: ["d": 1]))
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patchReported(["a": 1, "$version": 12], at: first)
        #expect(twin.reported.values == ["a": 1])
    }

    @Test(
        "a body that is no twin",
        arguments: [
            ("[]", "expected a twin as a JSON object, found array"),
            (#"{"tags":5}"#, "expected tags as an object, found number"),
            (#"{"properties":[]}"#, "expected properties as an object, found array"),
            (#"{"properties":{"desired":"x"}}"#, "expected properties.desired as an object, found string"),
        ]
    )
    func wrongBody(text: String, message: String) throws {
        let json = try JSON(parsing: text)
        let error = #expect(throws: IoTHubError.self) { try TwinWrite(json: json) }
        #expect(error?.message == message)
        #expect(error?.code == .argumentInvalid)
    }

    @Test("the service view has the hub's fields in the hub's order")
    func serviceView() throws {
        var twin = TwinDocument(deviceID: "dev1")
        _ = try twin.patch(TwinWrite(tags: ["plant": "Redmond43"]), at: first)
        var device = Device(id: "dev1")
        device.etag = ETag(identityCounter: 530_254_372)
        let view = twin.serviceView(of: device)
        #expect(
            Array(view.keys) == [
                "deviceId", "etag", "deviceEtag", "status", "statusUpdateTime", "connectionState", "lastActivityTime",
                "cloudToDeviceMessageCount", "authenticationType", "x509Thumbprint", "modelId", "version", "tags",
                "properties", "capabilities",
            ]
        )
        #expect(view["deviceEtag"] == "NTMwMjU0Mzcy")
        let read = try Twin(json: .object(view))
        #expect(read.deviceID == "dev1")
        #expect(read.tags == TwinCollection(["plant": "Redmond43"]))
        #expect(read.properties.desired.version == 1)
        #expect(read.connectionState == .disconnected)
    }
}
