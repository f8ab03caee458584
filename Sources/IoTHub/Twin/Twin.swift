/// A device twin as a client holds it.
///
/// A device sees only `properties`; a service sees all of it. A service changes `tags` and `properties.desired` of a twin
/// that it has read and hands it to `RegistryManager.updateTwin`, which sends ``changes``: only what differs from what the
/// hub had sent. A twin made by hand sends all that it has.
///
/// Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub".
public struct Twin: Sendable, Hashable {
    /// The device; empty in a device's own view.
    public var deviceID: String
    /// The ETag that guards tags and desired properties; nil in a device's view.
    public var etag: ETag?
    /// The tags; always empty in a device's view.
    public var tags: TwinCollection
    /// Desired and reported properties.
    public var properties: TwinProperties

    /// What the hub had sent, with the service view's other members; nil when no hub has sent this twin.
    let origin: TwinOrigin?

    /// Makes a twin by hand, to be written by a service.
    /// - Parameters:
    ///   - deviceID: the device; may stay empty where a call names it.
    ///   - etag: the ETag that the hub's twin must have, for calls that take it from here.
    ///   - tags: the tags; null removes one in an update.
    ///   - desired: the desired properties; null removes one in an update.
    public init(deviceID: String = "", etag: ETag? = nil, tags: TwinCollection = [:], desired: TwinCollection = [:]) {
        self.deviceID = deviceID
        self.etag = etag
        self.tags = tags
        properties = TwinProperties(desired: desired)
        origin = nil
    }

    /// Makes a device's view from its properties.
    public init(properties: TwinProperties) {
        self.init()
        self.properties = properties
    }

    /// Reads the service view, the answer to `GET /twins/{id}` and a row of `SELECT * FROM devices`.
    /// - Throws: `IoTHubError` with `iotHubFormatError` when the id or a section is missing.
    public init(json: JSON) throws(IoTHubError) {
        guard case .object(var members) = json, let id = members.removeValue(forKey: "deviceId")?.stringValue else {
            throw IoTHubError(.iotHubFormatError, "expected a twin with a text 'deviceId'", path: "deviceId")
        }
        deviceID = id
        etag = members.removeValue(forKey: "etag")?.stringValue.map(ETag.init(rawValue:))
        tags = TwinCollection(section: members.removeValue(forKey: "tags")?.objectValue ?? [:])
        properties = try TwinProperties(json: members.removeValue(forKey: "properties") ?? .null)
        origin = TwinOrigin(members: members, tags: tags.values, desired: properties.desired.values)
    }

    /// The twin as the service view shows it, for printing; `$metadata` and `$version` are there when a hub sent them.
    public var json: JSONObject {
        var object: JSONObject = ["deviceId": .string(deviceID)]
        if let etag { object["etag"] = .string(etag.rawValue) }
        for (name, value) in origin?.members ?? [:] where !Self.namesBehindProperties.contains(name) {
            object[name] = value
        }
        object["tags"] = .object(tags.values)
        object["properties"] = [
            "desired": .object(properties.desired.json), "reported": .object(properties.reported.json),
        ]
        for name in Self.namesBehindProperties { object[name] = origin?.members[name] }
        return object
    }

    /// Where the hub writes these members.
    private static let namesBehindProperties = ["capabilities", "deviceScope", "parentScopes", "configurations"]
}
