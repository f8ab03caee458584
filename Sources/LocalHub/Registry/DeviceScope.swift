import IoTHub

/// The text by which edge devices and what is below them find one another.
///
/// Source: Azure IoT service SDK for .NET, `Device.Scope` and `Device.ParentScopes`.
enum DeviceScope {
    private static let start = "ms-azure-iot-edge://"

    /// The scope that is an edge device's own.
    static func own(deviceID: String, generationID: String) -> String { "\(start)\(deviceID)-\(generationID)" }

    /// The edge device that a scope belongs to; nil when the text is no scope.
    static func deviceID(of scope: String) -> String? {
        // Ids may have dashes, generations have none.
        guard scope.hasPrefix(start), let dash = scope.lastIndex(of: "-") else { return nil }
        let id = scope[..<dash].dropFirst(start.count)
        return id.isEmpty ? nil : String(id)
    }
}

extension Device {
    /// The scope of the edge device above this one; nil for none.
    var parentScope: String? { parentScopes.first }

    /// The device with the scopes that the hub makes of those that a client gives.
    ///
    /// An edge device's `deviceScope` is its own and stays; its parent is in `parentScopes`. Any other device has its
    /// parent's scope as `deviceScope`, and the hub repeats it in `parentScopes`.
    /// - Parameters:
    ///   - generationID: the hub's own.
    ///   - old: the identity before; nil for a new one.
    /// - Returns: the device, placed.
    func placed(generationID: String, over old: Device?) -> Device {
        var device = self
        device.parentScopes = parentScopes.filter { !$0.isEmpty }
        if capabilities.iotEdge {
            let kept = old.flatMap { $0.capabilities.iotEdge ? $0.deviceScope : nil }
            device.deviceScope = kept ?? DeviceScope.own(deviceID: id, generationID: generationID)
            return device
        }
        var scope = deviceScope
        // A client that takes the edge capability away sends back what was the device's own scope.
        if scope?.isEmpty == true || (old?.capabilities.iotEdge == true && scope == old?.deviceScope) { scope = nil }
        device.deviceScope = scope ?? device.parentScopes.first
        // Where both are given, `deviceScope` is the one that clients change to move a device.
        if let scope { device.parentScopes = [scope] }
        return device
    }
}

extension TwinRegistry {
    /// Checks that a device's parents are edge devices of this hub, and that the device is not above itself.
    ///
    /// A parent that stays as it was is not looked for again: it may have been removed meanwhile.
    /// To be called by `withHierarchy`.
    /// - Throws: `IoTHubError` with `invalidDeviceScope`.
    func checkScopes(of write: DeviceWrite) throws(IoTHubError) {
        let old = try? self.device(write.device.id)
        let device = old.map(write.over) ?? write.device
        let placed = device.placed(generationID: "", over: old)
        guard placed.parentScopes.count <= 1 else {
            throw IoTHubError(
                .invalidDeviceScope,
                "\(placed.parentScopes.count) parentScopes; a device has one parent at most",
                path: "parentScopes"
            )
        }
        guard let scope = placed.parentScope, scope != old?.parentScope else { return }
        var above = try edgeDevice(withScope: scope)
        var visited: Set<String> = []
        while above.id != device.id {
            // One above that is gone ends the way up, as the topmost does.
            guard visited.insert(above.id).inserted, let next = above.parentScope,
                let parent = try? edgeDevice(withScope: next)
            else { return }
            above = parent
        }
        throw IoTHubError(
            .invalidDeviceScope,
            "device '\(device.id)' would be its own parent by the scope '\(scope.prefix(200))'",
            path: "parentScopes"
        )
    }

    private func edgeDevice(withScope scope: String) throws(IoTHubError) -> Device {
        if let id = DeviceScope.deviceID(of: scope), let device = try? device(id), device.capabilities.iotEdge,
            device.deviceScope == scope
        {
            return device
        }
        throw IoTHubError(
            .invalidDeviceScope,
            "no edge device of this hub has the scope '\(scope.prefix(200))'",
            path: "deviceScope"
        )
    }
}
