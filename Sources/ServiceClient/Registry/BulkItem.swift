public import IoTHub

/// What a ``BulkItem`` does with its device.
///
/// Source: Azure IoT Hub documentation, "Import and export IoT Hub device identities in bulk".
public enum ImportMode: String, Sendable, Hashable, CaseIterable {
    /// Registers a device that does not exist yet.
    case create
    /// Registers or overwrites, whatever the entity tag.
    case createOrUpdate
    /// Registers, or overwrites while the entity tag matches.
    case createOrUpdateIfMatchETag
    /// Overwrites an existing identity.
    case update
    /// Overwrites an existing identity while the entity tag matches.
    case updateIfMatchETag
    /// Removes a device.
    case delete
    /// Removes a device while the entity tag matches.
    case deleteIfMatchETag
    /// Merges into the twin of an existing device.
    case updateTwin
    /// Merges into the twin of an existing device while the twin's entity tag matches.
    case updateTwinIfMatchETag
}

/// One device in a bulk request.
public struct BulkItem: Sendable {
    /// The device id.
    public var deviceID: String
    /// What to do.
    public var mode: ImportMode
    /// The identity for the create and update modes; its id is not used; `nil`: enabled, with keys made by the hub.
    public var device: Device?
    /// The identity's entity tag, for the modes that compare it.
    public var etag: ETag?
    /// The twin's entity tag, for the modes that compare it.
    public var twinETag: ETag?
    /// Tags to merge.
    public var tags: JSONObject?
    /// Desired properties to merge.
    public var desired: JSONObject?

    /// Creates an item without twin data.
    public init(deviceID: String, mode: ImportMode, device: Device? = nil) {
        self.deviceID = deviceID
        self.mode = mode
        self.device = device
    }

    /// Creates an item for a twin update; with an entity tag it is only made while the tag matches.
    public init(_ update: TwinUpdate) {
        self.init(deviceID: update.deviceID, mode: update.etag == nil ? .updateTwin : .updateTwinIfMatchETag)
        twinETag = update.etag
        tags = update.tags
        desired = update.desired
    }

    /// Whether the item touches a twin, so that a repetition raises a version.
    var writesTwin: Bool { tags != nil || desired != nil }

    /// The members of an identity that a bulk request carries.
    private static let identityNames = [
        "status", "statusReason", "authentication", "capabilities", "deviceScope", "parentScopes",
    ]

    /// The item as it stands in the request; the names with capital T are the API's.
    var json: JSON {
        var object: JSONObject = ["id": .string(deviceID), "importMode": .string(mode.rawValue)]
        if let etag { object["eTag"] = .string(etag.rawValue) }
        if let device {
            let identity = device.json
            for name in Self.identityNames {
                if let value = identity[name], !value.isNull { object[name] = value }
            }
        }
        if let twinETag { object["twinETag"] = .string(twinETag.rawValue) }
        if let tags { object["tags"] = .object(tags) }
        if let desired { object["properties"] = ["desired": .object(desired)] }
        return .object(object)
    }
}
