/// The desired and reported properties of a twin as a client holds them.
public struct TwinProperties: Sendable, Hashable {
    /// What the back end wants.
    public var desired: TwinCollection
    /// What the device says.
    public var reported: TwinCollection

    /// Makes properties from their sections.
    public init(desired: TwinCollection = [:], reported: TwinCollection = [:]) {
        self.desired = desired
        self.reported = reported
    }

    /// Reads `{"desired": {…}, "reported": {…}}`, the answer to a device's twin GET and the `properties` of a service's.
    /// - Throws: `IoTHubError` with `iotHubFormatError` when a section is missing or no object.
    public init(json: JSON) throws(IoTHubError) {
        desired = TwinCollection(section: try Self.section("desired", of: json))
        reported = TwinCollection(section: try Self.section("reported", of: json))
    }

    private static func section(_ name: String, of json: JSON) throws(IoTHubError) -> JSONObject {
        guard let section = json[name]?.objectValue else {
            throw IoTHubError(
                .iotHubFormatError,
                "expected properties with an object '\(name)', found \(json[name]?.kind ?? "none")",
                path: "properties.\(name)"
            )
        }
        return section
    }
}

/// A device twin as a client holds it.
///
/// A device sees only `properties`; a service sees all of it.
public struct Twin: Sendable, Hashable {
    /// The device; empty in a device's own view.
    public var deviceID: String
    /// The ETag that guards tags and desired properties; nil in a device's view.
    public var etag: ETag?
    /// The twin's overall version; nil in a device's view.
    public var version: Int64?
    /// Whether the device may connect; nil in a device's view.
    public var status: DeviceStatus?
    /// Whether the device is connected, as far as the hub knows; nil in a device's view.
    public var connectionState: DeviceConnectionState?
    /// The tags; always empty in a device's view.
    public var tags: TwinCollection
    /// Desired and reported properties.
    public var properties: TwinProperties

    /// Makes a device's view from its properties.
    public init(properties: TwinProperties) {
        deviceID = ""
        tags = [:]
        self.properties = properties
    }

    /// Reads the service view, the answer to `GET /twins/{id}`.
    /// - Throws: `IoTHubError` with `iotHubFormatError` when the id or a section is missing.
    public init(json: JSON) throws(IoTHubError) {
        guard let id = json["deviceId"]?.stringValue else {
            throw IoTHubError(.iotHubFormatError, "expected a twin with a text 'deviceId'", path: "deviceId")
        }
        deviceID = id
        etag = json["etag"]?.stringValue.map(ETag.init(rawValue:))
        version = json["version"]?.integerValue
        status = json["status"]?.stringValue.flatMap(DeviceStatus.init(rawValue:))
        connectionState = json["connectionState"]?.stringValue.flatMap(DeviceConnectionState.init(rawValue:))
        tags = TwinCollection(section: json["tags"]?.objectValue ?? [:])
        properties = try TwinProperties(json: json["properties"] ?? .null)
    }
}
