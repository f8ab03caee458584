import Dispatch
import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import LocalHub

@Suite("Hierarchies of devices")
struct DeviceScopeTests {
    let registry = TwinRegistry()

    private func edge(_ id: String, below parent: String? = nil) throws -> Device {
        var device = Device(id: id)
        device.capabilities.iotEdge = true
        if let parent { device.parentScopes = [parent] }
        return try registry.createDevice(device)
    }

    private func leaf(_ id: String, below scope: String) throws -> Device {
        var device = Device(id: id)
        device.deviceScope = scope
        return try registry.createDevice(device)
    }

    @Test("the hierarchy of Microsoft's sample: an edge device, one below it, and a leaf below that")
    func sample() throws {
        let parent = try edge("edge-parent")
        let scope = try #require(parent.deviceScope)
        #expect(scope == "ms-azure-iot-edge://edge-parent-\(parent.generationID ?? "")")
        #expect(parent.parentScopes.isEmpty)
        let nested = try edge("edge-nested", below: scope)
        #expect(nested.deviceScope?.hasPrefix("ms-azure-iot-edge://edge-nested-") == true)
        #expect(nested.parentScopes == [scope])
        let leaf = try leaf("leaf", below: try #require(nested.deviceScope))
        #expect(leaf.deviceScope == nested.deviceScope)
        #expect(leaf.parentScopes == [try #require(nested.deviceScope)])
        #expect(try registry.serviceView(of: "leaf")["parentScopes"] == [.string(try #require(nested.deviceScope))])
        #expect(try registry.createDevice(Device(id: "alone")).deviceScope == nil)
    }

    @Test("an edge device's scope is its own and stays, whatever a client sends")
    func immutable() throws {
        var device = try edge("e")
        let scope = device.deviceScope
        for text in [nil, "", "mine", scope] {
            device.deviceScope = text
            #expect(try registry.updateDevice(device).deviceScope == scope)
        }
        try registry.removeDevice("e")
        #expect(try edge("e").deviceScope != scope, "a new generation is another device")
    }

    @Test("a leaf is moved by its deviceScope, and freed by leaving both out")
    func move() throws {
        let one = try #require(try edge("one").deviceScope)
        let two = try #require(try edge("two").deviceScope)
        var device = try leaf("leaf", below: one)
        device.deviceScope = two
        device = try registry.updateDevice(device)
        #expect(device.parentScopes == [two])
        device.deviceScope = nil
        device = try registry.updateDevice(device)
        #expect(device.deviceScope == two, "its parentScopes still say so")
        device.deviceScope = ""
        device.parentScopes = []
        device = try registry.updateDevice(device)
        #expect(device.deviceScope == nil)
        #expect(device.parentScopes.isEmpty)
    }

    @Test("a device becomes an edge device and back")
    func capability() throws {
        var device = try registry.createDevice(Device(id: "d"))
        device.capabilities.iotEdge = true
        device = try registry.updateDevice(device)
        #expect(device.deviceScope?.hasPrefix("ms-azure-iot-edge://d-") == true)
        device.capabilities.iotEdge = false
        #expect(try registry.updateDevice(device).deviceScope == nil)
    }

    @Test(
        "a scope that no edge device has is refused, and nothing is registered",
        arguments: [
            "rubbish", "ms-azure-iot-edge://", "ms-azure-iot-edge://nobody-1", "ms-azure-iot-edge://edge-1",
            "ms-azure-iot-edge://leaf-1", "ms-azure-iot-edge://edge",
        ]
    )
    func unknown(_ scope: String) throws {
        _ = try edge("edge")
        _ = try registry.createDevice(Device(id: "leaf"))
        #expect(code { _ = try leaf("d", below: scope) } == .invalidDeviceScope)
        #expect(code { _ = try edge("e", below: scope) } == .invalidDeviceScope)
        #expect(registry.devices().map(\.id) == ["edge", "leaf"])
    }

    @Test("no device has two parents or is above itself")
    func shape() throws {
        let one = try #require(try edge("one").deviceScope)
        let two = try #require(try edge("two", below: one).deviceScope)
        var three = try edge("three", below: two)
        three.parentScopes = [one, two]
        #expect(code { try registry.updateDevice(three) } == .invalidDeviceScope)
        var top = try registry.device("one")
        for scope in [one, two, try #require(three.deviceScope)] {
            top.parentScopes = [scope]
            #expect(code { try registry.updateDevice(top) } == .invalidDeviceScope)
        }
        #expect(try registry.device("one").parentScopes.isEmpty)
    }

    @Test("a device whose parent is gone can still be changed")
    func orphan() throws {
        var device = try leaf("leaf", below: try #require(try edge("edge").deviceScope))
        try registry.removeDevice("edge")
        device.status = .disabled
        #expect(try registry.updateDevice(device).status == .disabled)
    }

    @Test("of two devices that are put above one another at once the second is refused")
    func concurrent() throws {
        let meanwhile = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)
        // The clock is read between the check and the write.
        let registry = TwinRegistry(clock: {
            meanwhile.withLockedValue { $0.take() }?()
            return .now()
        })
        let edge = DeviceCapabilities(iotEdge: true)
        var one = try registry.createDevice(Device(id: "one", capabilities: edge))
        var two = try registry.createDevice(Device(id: "two", capabilities: edge))
        one.parentScopes = [try #require(two.deviceScope)]
        two.parentScopes = [try #require(one.deviceScope)]
        let group = DispatchGroup()
        let wasRefused = NIOLockedValueBox(false)
        let write: @Sendable () -> Void = { [two] in
            DispatchQueue.global().async(group: group) {
                do { try registry.updateDevice(two) } catch { wasRefused.withLockedValue { $0 = true } }
            }
            // The other write can only wait, so this ends by the time; were it let in, it would be done long before.
            _ = group.wait(timeout: .now() + .milliseconds(200))
        }
        meanwhile.withLockedValue { $0 = write }
        try registry.updateDevice(one)
        group.wait()
        #expect(wasRefused.withLockedValue { $0 })
        #expect(try registry.device("two").parentScopes.isEmpty)
    }
}
