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
