public import IoTHub

/// One twin's patch in ``RegistryManager/updateTwins2(_:)``.
public struct TwinUpdate: Sendable {
    /// The device id.
    public var deviceID: String
    /// The twin's entity tag; `nil` writes whichever it is.
    public var etag: ETag?
    /// Tags to merge; `nil` leaves them alone.
    public var tags: JSONObject?
    /// Desired properties to merge; `nil` leaves them alone.
    public var desired: JSONObject?

    /// Creates an update.
    public init(deviceID: String, etag: ETag? = nil, tags: JSONObject? = nil, desired: JSONObject? = nil) {
        self.deviceID = deviceID
        self.etag = etag
        self.tags = tags
        self.desired = desired
    }

    /// Creates the update that sends what was changed in a twin; one without changes has neither tags nor desired.
    ///
    /// - Parameters:
    ///   - twin: A twin with its id.
    ///   - etag: The entity tag that the hub's twin must have; `nil` writes whichever it is.
    public init(_ twin: Twin, etag: ETag? = nil) {
        let changes = twin.changes
        self.init(deviceID: twin.deviceID, etag: etag, tags: changes.tags, desired: changes.desired)
    }
}
