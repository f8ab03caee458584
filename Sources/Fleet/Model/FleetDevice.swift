public import IoTHub

/// One simulated device.
public struct FleetDevice: Sendable, Hashable {
    /// The device's id.
    public var id: String
    /// Its number within its template, from 0: what `{index}` stands for in its id, its tags and its changes.
    public var index: Int
    /// How it connects.
    public var transport: TransportType
    /// How it proves who it is.
    public var auth: DeviceAuthentication
    /// What it reports as `connectivity.type`, such as "cellular"; nil to report none.
    public var connectivity: String?
    /// The tags of its twin; empty to leave them as they are.
    public var tags: JSONObject

    /// Creates a device.
    public init(
        id: String,
        index: Int = 0,
        transport: TransportType = .mqtt,
        auth: DeviceAuthentication = .sas,
        connectivity: String? = nil,
        tags: JSONObject = [:]
    ) {
        self.id = id
        self.index = index
        self.transport = transport
        self.auth = auth
        self.connectivity = connectivity
        self.tags = tags
    }
}
