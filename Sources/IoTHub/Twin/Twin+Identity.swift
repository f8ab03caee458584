// What a service's view shows of the identity that a twin belongs to; only the hub sets it.
// Each is nil in a device's view and in a twin made by hand.
extension Twin {
    /// The module, when this is a module's twin.
    public var moduleID: String? { text("moduleId") }

    /// The twin's overall version.
    public var version: Int64? { origin?.members["version"]?.integerValue }

    /// The ETag of the identity, not of the twin.
    public var deviceEtag: ETag? { text("deviceEtag").map(ETag.init(rawValue:)) }

    /// Whether the device may connect.
    public var status: DeviceStatus? { text("status").flatMap(DeviceStatus.init(rawValue:)) }

    /// Why the device is disabled.
    public var statusReason: String? { text("statusReason") }

    /// When the status last changed; `HubTimestamp.never` for a device that was never changed.
    public var statusUpdateTime: HubTimestamp? { time("statusUpdateTime") }

    /// Whether the device is connected, as far as the hub knows.
    public var connectionState: DeviceConnectionState? {
        text("connectionState").flatMap(DeviceConnectionState.init(rawValue:))
    }

    /// When the device last connected, sent or received; `HubTimestamp.never` when it never did.
    public var lastActivityTime: HubTimestamp? { time("lastActivityTime") }

    /// Messages that wait for the device.
    public var cloudToDeviceMessageCount: Int64? { origin?.members["cloudToDeviceMessageCount"]?.integerValue }

    /// How the device authenticates.
    public var authenticationType: AuthenticationType? {
        text("authenticationType").flatMap(AuthenticationType.init(rawValue:))
    }

    /// The thumbprints of the device's certificates; both nil unless it has a self-signed one.
    public var x509Thumbprint: X509Thumbprint? {
        guard let pair = origin?.members["x509Thumbprint"], case .object = pair else { return nil }
        return X509Thumbprint(
            primaryThumbprint: pair["primaryThumbprint"]?.stringValue,
            secondaryThumbprint: pair["secondaryThumbprint"]?.stringValue
        )
    }

    /// The digital twin model id of the device's last connect; nil when it gave none.
    public var modelID: String? { text("modelId").flatMap { $0.isEmpty ? nil : $0 } }

    /// What the device can be used for.
    public var capabilities: DeviceCapabilities? {
        (origin?.members["capabilities"]?["iotEdge"]?.boolValue).map(DeviceCapabilities.init(iotEdge:))
    }

    /// The scope of an edge device, or of the parent.
    public var deviceScope: String? { text("deviceScope") }

    /// The scopes of the device's parents.
    public var parentScopes: [String]? {
        origin?.members["parentScopes"]?.arrayValue?.compactMap(\.stringValue)
    }

    private func text(_ name: String) -> String? { origin?.members[name]?.stringValue }

    private func time(_ name: String) -> HubTimestamp? { text(name).flatMap { try? HubTimestamp(parsing: $0) } }
}
