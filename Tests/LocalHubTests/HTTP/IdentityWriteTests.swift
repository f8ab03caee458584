import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: writes of identities that exist")
struct IdentityWriteTests {
    static let thumbprint = String(repeating: "0A", count: 20)

    let bench = ServiceBench()

    /// A disabled device with a certificate below an edge device.
    private func addLeaf() throws -> Device {
        var edge = Device(id: "edge")
        edge.capabilities.iotEdge = true
        var device = Device(id: "d", authentication: .selfSigned(primaryThumbprint: Self.thumbprint))
        device.status = .disabled
        device.statusReason = "lost"
        device.deviceScope = try bench.registry.createDevice(edge).deviceScope
        return try bench.registry.createDevice(device)
    }

    private func expectKept(_ device: Device) throws {
        let now = try bench.registry.device("d")
        #expect(now.etag != device.etag, "it was written")
        var same = now
        same.etag = device.etag
        #expect(same == device)
    }

    @Test(
        "what a PUT leaves out, or gives as null, stays",
        arguments: ["", #","status":null,"authentication":null,"capabilities":null"#]
    )
    func put(_ members: String) throws {
        let device = try addLeaf()
        #expect(try bench.send("PUT", "/devices/d", #"{"deviceId":"d"\#(members)}"#, ifMatch: "*").status == 200)
        try expectKept(device)
    }

    @Test(
        "a bulk item with only tags leaves the identity as it is",
        arguments: ["createOrUpdate", "update", "createOrUpdateIfMatchETag", "updateIfMatchETag"]
    )
    func bulk(_ mode: String) throws {
        let device = try addLeaf()
        let etag = device.etag?.rawValue ?? ""
        let item = #"{"id":"d","importMode":"\#(mode)","eTag":"\#(etag)","tags":{"a":1}}"#
        #expect(try bench.send("POST", "/devices", "[\(item)]").status == 200)
        try expectKept(device)
        #expect(try bench.registry.twin(of: "d").twin.tags == ["a": 1])
    }

    @Test("an edge device stays one, below its parent")
    func edge() throws {
        let scope = try #require(try addLeaf().deviceScope)
        let nested = Device(id: "nested", capabilities: DeviceCapabilities(iotEdge: true), parentScopes: [scope])
        try bench.registry.createDevice(nested)
        #expect(try bench.send("PUT", "/devices/nested", #"{"deviceId":"nested"}"#, ifMatch: "*").status == 200)
        let device = try bench.registry.device("nested")
        #expect(device.capabilities.iotEdge)
        #expect(device.parentScopes == [scope])
    }

    @Test("what is given counts, and only that")
    func given() throws {
        _ = try addLeaf()
        func put(_ members: String) throws -> Device {
            let body = #"{"deviceId":"d",\#(members)}"#
            #expect(try bench.send("PUT", "/devices/d", body, ifMatch: "*").status == 200)
            return try bench.registry.device("d")
        }
        #expect(try put(#""statusReason":"stolen""#).statusReason == "stolen")
        #expect(try bench.registry.device("d").status == .disabled)
        let enabled = try put(#""status":"enabled""#)
        #expect(enabled.status == .enabled)
        #expect(enabled.statusReason == nil, "the reason belongs to the status")
        #expect(enabled.authentication.type == .selfSigned)
        #expect(try put(#""authentication":{"type":"sas"}"#).authentication.symmetricKey?.primaryKey != nil)
    }

    @Test("a leaf is moved by either of its scopes, and freed by an empty one")
    func scopes() throws {
        _ = try addLeaf()
        let other = Device(id: "other", capabilities: DeviceCapabilities(iotEdge: true))
        let scope = try #require(try bench.registry.createDevice(other).deviceScope)
        let first = try #require(try bench.registry.device("edge").deviceScope)
        for (members, parents) in [
            (#""parentScopes":["\#(scope)"]"#, [scope]), (#""deviceScope":"\#(first)""#, [first]),
            (#""deviceScope":"""#, []),
        ] {
            let body = #"{"deviceId":"d",\#(members)}"#
            #expect(try bench.send("PUT", "/devices/d", body, ifMatch: "*").status == 200)
            #expect(try bench.registry.device("d").parentScopes == parents)
        }
    }

    static let faults = [
        (#""parentScopes":"s""#, "parentScopes"), (#""parentScopes":["s",1]"#, "parentScopes[1]"),
        (#""capabilities":true"#, "capabilities"), (#""capabilities":{"iotEdge":"true"}"#, "capabilities.iotEdge"),
        (#""authentication":"sas""#, "authentication"),
        (#""authentication":{"symmetricKey":"k"}"#, "authentication.symmetricKey"),
        (#""authentication":{"x509Thumbprint":[]}"#, "authentication.x509Thumbprint"),
        (#""authentication":{"type":"selfSigned"}"#, "authentication.x509Thumbprint"),
        (
            #""authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":""}}"#,
            "authentication.x509Thumbprint"
        ),
    ]

    @Test("a member of the wrong kind is refused by name, and nothing is registered", arguments: faults.indices)
    func kinds(_ index: Int) throws {
        let (members, name) = Self.faults[index]
        let put = try bench.send("PUT", "/devices/d", #"{"deviceId":"d",\#(members)}"#)
        #expect(put.status == 400)
        #expect(put.code == .argumentInvalid)
        #expect(put.message.contains("'\(name)'"))
        let bulk = try bench.send("POST", "/devices", #"[{"id":"d",\#(members)}]"#)
        #expect(bulk.status == 400)
        let text = bulk.json["errors"]?.arrayValue?.first?["errorStatus"]?.stringValue
        #expect(text?.contains("'\(name)'") == true)
        #expect(bench.registry.devices().isEmpty)
    }

    @Test("a bulk item for a module is never one for the device", arguments: ["1", "{}", "[\"m\"]"])
    func module(_ id: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        for mode in ["delete", "updateTwin", "update"] {
            let item = #"{"id":"d","moduleId":\#(id),"importMode":"\#(mode)","tags":{"a":1}}"#
            let reply = try bench.send("POST", "/devices", "[\(item)]")
            #expect(reply.status == 400)
            #expect(reply.json["errors"]?.arrayValue?.first?["errorCode"] == "ArgumentInvalid")
        }
        #expect(try bench.registry.twin(of: "d").twin.tags.isEmpty)
    }

    @Test("a twinETag that is no text guards nothing, so it is refused")
    func twinETag() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let item = #"{"id":"d","importMode":"update","twinETag":5,"tags":{"a":1}}"#
        #expect(try bench.send("POST", "/devices", "[\(item)]").status == 400)
        #expect(try bench.registry.twin(of: "d").twin.tags.isEmpty)
    }
}
