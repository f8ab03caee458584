import IoTHub
import ServiceClient
import TestKit
import Testing

/// Identities, against a real hub over TLS.
@Suite(.timeLimit(.minutes(1))) struct DeviceTests {
    private static let first = String(repeating: "AB", count: 20)
    private static let second = String(repeating: "0f", count: 32)

    @Test("a device of every kind is added, read, updated and removed")
    func kinds() async throws {
        let key = SymmetricKey.randomKey()
        let kinds: [AuthenticationMechanism] = [
            .sas(), .sas(primaryKey: key), .selfSigned(primaryThumbprint: Self.first, secondaryThumbprint: Self.second),
            .certificateAuthority,
        ]
        try await RealHub.with { manager, _ in
            for (index, authentication) in kinds.enumerated() {
                var device = try await manager.addDevice(Device(id: "d\(index)", authentication: authentication))
                #expect(device.authentication.type == authentication.type)
                #expect(try await manager.getDevice(device.id) == device)

                device.status = .disabled
                device.statusReason = "in repair"
                let old = device.etag
                device = try await manager.updateDevice(device)
                #expect(device.status == .disabled)
                #expect(device.statusReason == "in repair")
                #expect(device.etag != old)
                #expect(try await manager.getTwin(device.id).statusReason == "in repair")

                let id = device.id
                #expect(await RealHub.refusal { try await manager.removeDevice(id, etag: old) } == .preconditionFailed)
                try await manager.removeDevice(id, etag: device.etag)
                #expect(await RealHub.refusal { _ = try await manager.getDevice(id) } == .deviceNotFound)
            }
        }
    }

    @Test("keys that are given are kept, those that are not are made; thumbprints are kept")
    func credentials() async throws {
        let key = SymmetricKey.randomKey()
        try await RealHub.with { manager, _ in
            let sas = try await manager.addDevice(Device(id: "s", authentication: .sas(primaryKey: key)))
            #expect(sas.authentication.symmetricKey?.primaryKey == key)
            #expect(sas.authentication.symmetricKey?.secondaryKey?.isEmpty == false)
            let signed = try await manager.addDevice(
                Device(
                    id: "x",
                    authentication: .selfSigned(primaryThumbprint: Self.first, secondaryThumbprint: Self.second)
                )
            )
            #expect(
                signed.authentication.x509Thumbprint
                    == X509Thumbprint(primaryThumbprint: Self.first, secondaryThumbprint: Self.second)
            )
            #expect(signed.authentication.symmetricKey?.primaryKey == nil)
            #expect(try await manager.getTwin("x").x509Thumbprint?.primaryThumbprint == Self.first)
        }
    }

    @Test("an identity with an old ETag is not written, unless forced")
    func etags() async throws {
        try await RealHub.with { manager, _ in
            let old = try await manager.addDevice(Device(id: "d"))
            var new = old
            new.status = .disabled
            new = try await manager.updateDevice(new)
            #expect(await RealHub.refusal { try await manager.updateDevice(old) } == .preconditionFailed)
            #expect(try await manager.getDevice("d").status == .disabled)
            #expect(try await manager.updateDevice(old, forceUpdate: true).status == .enabled)
            #expect(
                await RealHub.refusal { try await manager.updateDevice(Device(id: "e"), forceUpdate: true) }
                    == .deviceNotFound
            )
        }
    }

    @Test("identities are listed up to a count")
    func listing() async throws {
        try await RealHub.with { manager, _ in
            #expect(try await manager.getDevices().isEmpty)
            try await manager.addDevices2((1...5).map { Device(id: "d\($0)") })
            #expect(try await manager.getDevices().map(\.id).sorted() == ["d1", "d2", "d3", "d4", "d5"])
            #expect(try await manager.getDevices(maxCount: 2).count == 2)
        }
    }

    @Test("of a bulk request some devices fail, each with its reason, and the others are done")
    func bulk() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevice(Device(id: "b"))
            let added = try await manager.addDevices2(["a", "b", "c"].map { Device(id: $0) })
            #expect(!added.isSuccessful)
            #expect(added.errors.map(\.deviceID) == ["b"])
            #expect(added.errors.first?.code == .deviceAlreadyExists)

            var devices = try await manager.getDevices().sorted { $0.id < $1.id }
            for index in devices.indices { devices[index].status = .disabled }
            devices[1].etag = ETag(rawValue: "c3RhbGU=")
            let updated = try await manager.updateDevices2(devices)
            #expect(updated.errors.map(\.deviceID) == ["b"])
            #expect(updated.errors.first?.code == .preconditionFailed)
            #expect(try await manager.getDevices().filter { $0.status == .disabled }.map(\.id).sorted() == ["a", "c"])
            let forced = try await manager.updateDevices2(devices, forceUpdate: true)
            #expect(forced.isSuccessful)

            let stale = try await manager.removeDevices2(devices)
            #expect(stale.errors.map(\.deviceID) == ["a", "b", "c"])
            let removed = try await manager.removeDevices2(devices + [Device(id: "x")], forceRemove: true)
            #expect(removed.errors.map(\.deviceID) == ["x"])
            #expect(removed.errors.first?.code == .deviceNotFound)
            #expect(try await manager.getDevices().isEmpty)
        }
    }

    @Test("a device is added together with its twin, or neither is")
    func withTwin() async throws {
        try await RealHub.with { manager, _ in
            let twin = Twin(tags: ["location": ["plant": "43"]], desired: ["speed": 5])
            let added = try await manager.addDeviceWithTwin(Device(id: "d"), twin: twin)
            #expect(added.isSuccessful)
            let read = try await manager.getTwin("d")
            #expect(read.tags == twin.tags)
            #expect(read.properties.desired["speed"] == 5)
            let again = try await manager.addDeviceWithTwin(Device(id: "d"), twin: Twin(tags: ["a": 1]))
            #expect(again.errors.first?.code == .deviceAlreadyExists)
            #expect(try await manager.getTwin("d").tags == twin.tags)
        }
    }

    @Test("edge devices get scopes, and devices below them keep theirs, alone and in bulk")
    func scopes() async throws {
        let edge = DeviceCapabilities(iotEdge: true)
        try await RealHub.with { manager, _ in
            let parent = try await manager.addDevice(Device(id: "parent", capabilities: edge))
            let parentScope = try #require(parent.deviceScope)
            let child = Device(id: "child", capabilities: edge, parentScopes: [parentScope])
            let added = try await manager.addDevices2([child, Device(id: "leaf", deviceScope: parentScope)])
            #expect(added.isSuccessful, "\(added.errors)")
            let childTwin = try await manager.getTwin("child")
            #expect(childTwin.capabilities == edge)
            #expect(childTwin.parentScopes == [parentScope])
            #expect(childTwin.deviceScope?.isEmpty == false)
            #expect(childTwin.deviceScope != parentScope)
            let leaf = try await manager.getDevice("leaf")
            #expect(leaf.deviceScope == parentScope)
            #expect(leaf.parentScopes == [parentScope])
        }
    }
}
