import IoTHub

/// An identity as a client writes it.
///
/// What a client leaves out, or gives as null, stays as it is in a device that exists: one that sends only tags must
/// not enable a disabled device by that, nor let it in by another way.
struct DeviceWrite: Sendable {
    /// What a client may set; the names are the API's.
    private enum Member: String, CaseIterable {
        case status, statusReason, authentication, capabilities, deviceScope, parentScopes
    }

    /// The identity, with defaults for what is left out.
    let device: Device
    private let given: Set<Member>

    /// A write of a whole identity.
    init(_ device: Device) {
        self.device = device
        given = Set(Member.allCases)
    }

    /// Reads a write from a request.
    /// - Parameters:
    ///   - json: the identity.
    ///   - idName: the member that holds the id: `deviceId`, or `id` in a bulk request.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the member's path.
    init(json: JSON, idName: String = "deviceId") throws(IoTHubError) {
        try Self.checkKinds(json)
        device = try Device(json: json, idName: idName)
        given = Set(Member.allCases.filter { !(json[$0.rawValue] ?? .null).isNull })
        guard device.authentication.type == .selfSigned else { return }
        let prints = device.authentication.x509Thumbprint
        guard [prints?.primaryThumbprint, prints?.secondaryThumbprint].contains(where: { $0?.isEmpty == false }) else {
            let path = "authentication.x509Thumbprint"
            throw IoTHubError(.argumentInvalid, "expected a thumbprint in '\(path)' for type selfSigned", path: path)
        }
    }

    /// Whether it may put the device below another one; a place that is left out stays as it is.
    var namesScope: Bool { device.deviceScope != nil || !device.parentScopes.isEmpty }

    /// The identity with what is left out taken from the one before.
    func over(_ old: Device) -> Device {
        var device = device
        if !given.contains(.status) {
            device.status = old.status
            // A reason belongs to its status: with a new one the old reason is gone.
            if !given.contains(.statusReason) { device.statusReason = old.statusReason }
        }
        if !given.contains(.authentication) { device.authentication = old.authentication }
        if !given.contains(.capabilities) { device.capabilities = old.capabilities }
        // Of the two scopes one is enough to move a device that has no scope of its own.
        let leavesPlace = !given.contains(.deviceScope) && !given.contains(.parentScopes)
        if leavesPlace { device.deviceScope = old.deviceScope }
        if leavesPlace || (device.capabilities.iotEdge && !given.contains(.parentScopes)) {
            device.parentScopes = old.parentScopes
        }
        return device
    }

    /// Refuses members of another kind than expected, which would be taken for members that are left out.
    private static func checkKinds(_ json: JSON) throws(IoTHubError) {
        func check(_ value: JSON?, _ path: String, _ kind: String) throws(IoTHubError) {
            guard let value, !value.isNull, value.kind != kind else { return }
            throw IoTHubError(.argumentInvalid, "expected '\(path)' as \(kind), found \(value.kind)", path: path)
        }
        let authentication = json["authentication"]
        try check(authentication, "authentication", "object")
        try check(authentication?["symmetricKey"], "authentication.symmetricKey", "object")
        try check(authentication?["x509Thumbprint"], "authentication.x509Thumbprint", "object")
        try check(json["capabilities"], "capabilities", "object")
        try check(json["capabilities"]?["iotEdge"], "capabilities.iotEdge", "boolean")
        try check(json["parentScopes"], "parentScopes", "array")
        for (index, scope) in (json["parentScopes"]?.arrayValue ?? []).enumerated() {
            try check(scope, "parentScopes[\(index)]", "string")
        }
    }
}
