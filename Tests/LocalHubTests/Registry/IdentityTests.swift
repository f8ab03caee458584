import Foundation
import IoTHub
import Testing

@testable import LocalHub

@Suite("Identities of the registry")
struct IdentityTests {
    let time = HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 0)
    let registry: TwinRegistry

    init() {
        let time = time
        registry = TwinRegistry(clock: { time })
    }

    @Test("a device without keys gets two of 256 bits, an ETag and a generation")
    func generatedKeys() throws {
        let device = try registry.createDevice(Device(id: "d"))
        let keys = try #require(device.authentication.symmetricKey)
        #expect(Data(base64Encoded: try #require(keys.primaryKey))?.count == 32)
        #expect(Data(base64Encoded: try #require(keys.secondaryKey))?.count == 32)
        #expect(keys.primaryKey != keys.secondaryKey)
        #expect(device.etag != nil)
        #expect(device.generationID?.isEmpty == false)
        #expect(device.connectionState == .disconnected)
        #expect(device.lastActivityTime == .never)
        #expect(try registry.device("d") == device)
    }

    @Test("keys that are given are kept")
    func givenKeys() throws {
        var device = Device(id: "d")
        device.authentication.symmetricKey = SymmetricKey(primaryKey: "AAECAwQFBgcICQoLDA0ODw==")
        let kept = try registry.createDevice(device).authentication.symmetricKey
        #expect(kept?.primaryKey == "AAECAwQFBgcICQoLDA0ODw==")
        #expect(kept?.secondaryKey?.isEmpty == false)
    }

    @Test("what only the hub sets is not taken from the service")
    func hubMembers() throws {
        var device = Device(id: "d")
        device.generationID = "mine"
        device.etag = ETag(rawValue: "mine")
        device.connectionState = .connected
        device.lastActivityTime = time
        device.cloudToDeviceMessageCount = 9
        let kept = try registry.createDevice(device)
        #expect(kept.generationID != "mine")
        #expect(kept.etag?.rawValue != "mine")
        #expect(kept.connectionState == .disconnected)
        #expect(kept.lastActivityTime == .never)
        #expect(kept.cloudToDeviceMessageCount == 0)
    }

    @Test("an id is registered once; letters count with case")
    func duplicates() throws {
        try registry.createDevice(Device(id: "d"))
        #expect(code { try registry.createDevice(Device(id: "d")) } == .deviceAlreadyExists)
        #expect(code { try registry.createDevice(Device(id: "D")) } == nil)
    }

    @Test("a bad id is refused", arguments: ["", "a b", "a/b", String(repeating: "x", count: 129), "ä"])
    func badIDs(_ id: String) {
        #expect(code { try registry.createDevice(Device(id: id)) } == .argumentInvalid)
    }

    @Test("an update changes the ETag, and what is left out of the keys stays")
    func update() throws {
        let before = try registry.createDevice(Device(id: "d"))
        var change = Device(id: "d")
        change.status = .disabled
        change.statusReason = "lost"
        let after = try registry.updateDevice(change, ifMatch: before.etag?.quoted)
        #expect(after.status == .disabled)
        #expect(after.statusReason == "lost")
        #expect(after.statusUpdatedTime == time)
        #expect(after.etag != before.etag)
        #expect(after.generationID == before.generationID)
        #expect(after.authentication == before.authentication)
    }

    @Test("of two writers with one ETag the second is refused")
    func twoWriters() throws {
        let etag = try registry.createDevice(Device(id: "d")).etag
        try registry.updateDevice(Device(id: "d"), ifMatch: etag?.quoted)
        #expect(code { try registry.updateDevice(Device(id: "d"), ifMatch: etag?.quoted) } == .preconditionFailed)
        #expect(code { try registry.removeDevice("d", ifMatch: etag?.quoted) } == .preconditionFailed)
        #expect(code { try registry.removeDevice("d", ifMatch: "\"*\"") } == nil)
    }

    @Test("an unknown device is not found, whatever is done to it")
    func unknown() {
        #expect(code { try registry.updateDevice(Device(id: "d")) } == .deviceNotFound)
        #expect(code { _ = try registry.device("d") } == .deviceNotFound)
        #expect(code { try registry.removeDevice("d") } == .deviceNotFound)
        #expect(code { _ = try registry.twin(of: "d") } == .deviceNotFound)
        #expect(code { try registry.patchTwin("d", with: TwinWrite()) } == .deviceNotFound)
        #expect(code { _ = try registry.twinForDevice("d") } == .deviceNotFound)
        #expect(code { _ = try registry.patchReported("d", [:], ifVersion: nil) } == .deviceNotFound)
        #expect(code { try registry.connect("d", connection: RecordingConnection(), modelID: nil) } == .deviceNotFound)
        #expect(registry.authenticationData(of: "d") == nil)
    }

    @Test("an id that is made again starts over, and its old ETag is of no use")
    func recreated() throws {
        let before = try registry.createDevice(Device(id: "d"))
        try registry.patchTwin("d", with: TwinWrite(tags: ["a": 1], desired: ["b": 2]))
        try registry.removeDevice("d")
        let after = try registry.createDevice(Device(id: "d"))
        #expect(after.generationID != before.generationID)
        #expect(after.etag != before.etag)
        #expect(try registry.twin(of: "d").twin.desired.version == 1)
        #expect(try registry.twin(of: "d").twin.tags.isEmpty)
    }

    @Test("a listing is in the order of the ids and ends at its limit")
    func listing() throws {
        for id in ["c", "a", "d", "b"] { try registry.createDevice(Device(id: id)) }
        #expect(registry.devices().map(\.id) == ["a", "b", "c", "d"])
        #expect(registry.devices(limit: 2).map(\.id) == ["a", "b"])
        #expect(registry.devices(limit: -1).isEmpty)
    }

    @Test("the front ends learn status, keys and kind of a device")
    func authentication() throws {
        var device = Device(id: "d", authentication: AuthenticationMechanism(type: .selfSigned, symmetricKey: nil))
        device.status = .disabled
        try registry.createDevice(device)
        let data = try #require(registry.authenticationData(of: "d"))
        #expect(data.status == .disabled)
        #expect(data.type == .selfSigned)
        #expect(data.primaryKey == nil)
    }
}
