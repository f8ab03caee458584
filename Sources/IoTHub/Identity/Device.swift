/// Whether a device may connect.
public enum DeviceStatus: String, Sendable, Hashable {
    /// It may.
    case enabled
    /// It may not.
    case disabled
}

/// Whether a device is connected, as far as the hub knows.
public enum DeviceConnectionState: String, Sendable, Hashable {
    /// It has a connection.
    case connected = "Connected"
    /// It has none.
    case disconnected = "Disconnected"
}

/// What a device can be used for.
public struct DeviceCapabilities: Sendable, Hashable {
    /// Whether it is an IoT Edge device.
    public var iotEdge: Bool

    /// Makes capabilities.
    public init(iotEdge: Bool = false) { self.iotEdge = iotEdge }
}

/// A device identity of the registry.
///
/// Source: Azure IoT Hub documentation, "Understand the identity registry in your IoT hub".
public struct Device: Sendable, Hashable {
    /// The id, case-sensitive; see `DeviceID`.
    public var id: String
    /// A text that changes when an id is deleted and made again; nil before the hub has made it.
    public var generationID: String?
    /// The identity's ETag; nil before the hub has made it.
    public var etag: ETag?
    /// Whether the device may connect.
    public var status: DeviceStatus
    /// Why it is disabled, up to 128 characters.
    public var statusReason: String?
    /// When the status last changed.
    public var statusUpdatedTime: HubTimestamp
    /// Whether it is connected.
    public var connectionState: DeviceConnectionState
    /// When it last connected or disconnected.
    public var connectionStateUpdatedTime: HubTimestamp
    /// When it last connected, sent or received.
    public var lastActivityTime: HubTimestamp
    /// Messages that wait for it.
    public var cloudToDeviceMessageCount: Int64
    /// How it authenticates.
    public var authentication: AuthenticationMechanism
    /// What it can be used for.
    public var capabilities: DeviceCapabilities
    /// The scope of an edge device, or of the parent.
    public var deviceScope: String?
    /// The scopes of its parents.
    public var parentScopes: [String]

    /// Makes an identity to register; keys that are nil are made by the hub.
    /// - Parameters:
    ///   - id: the id; see `DeviceID`.
    ///   - authentication: how it authenticates, such as `.certificateAuthority`; by default with keys.
    ///   - capabilities: what it can be used for.
    ///   - deviceScope: the scope of the edge device that a device without scope of its own connects through.
    ///   - parentScopes: the scope of the edge device that an edge device connects through.
    public init(
        id: String,
        authentication: AuthenticationMechanism = AuthenticationMechanism(),
        capabilities: DeviceCapabilities = DeviceCapabilities(),
        deviceScope: String? = nil,
        parentScopes: [String] = []
    ) {
        self.id = id
        status = .enabled
        statusUpdatedTime = .never
        connectionState = .disconnected
        connectionStateUpdatedTime = .never
        lastActivityTime = .never
        cloudToDeviceMessageCount = 0
        self.authentication = authentication
        self.capabilities = capabilities
        self.deviceScope = deviceScope
        self.parentScopes = parentScopes
    }
}
