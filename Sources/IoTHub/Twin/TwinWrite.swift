/// What a service wants to change in a twin: tags, desired properties, or both.
public struct TwinWrite: Sendable, Hashable {
    /// The tags to merge or to put in place; nil leaves them out.
    public var tags: JSONObject?
    /// The desired properties to merge or to put in place; nil leaves them out.
    public var desired: JSONObject?

    /// Makes a write from its parts.
    public init(tags: JSONObject? = nil, desired: JSONObject? = nil) {
        self.tags = tags
        self.desired = desired
    }

    /// Names that clients send back because they got them, and that no write can change.
    static let readOnlyNames = ["$metadata", "$version", "$etag"]

    /// Picks tags and desired properties from the body of a twin request.
    ///
    /// All else in the body is ignored, since the .NET SDK serialises a whole twin: identity fields,
    /// `properties.reported`, and `$metadata` and `$version` inside the desired properties. A section that is null
    /// counts as left out (what the real hub does then is not documented).
    /// - Throws: `IoTHubError` with `argumentInvalid` when the body or a section is no object, or a limit is broken.
    public init(json: JSON) throws(IoTHubError) {
        guard case .object(let body) = json else {
            throw IoTHubError(.argumentInvalid, "expected a twin as a JSON object, found \(json.kind)")
        }
        let properties = try Self.section(body["properties"], path: "properties") ?? [:]
        self.init(
            tags: try Self.section(body["tags"], path: "tags"),
            desired: try Self.section(properties["desired"], path: "properties.desired")
        )
        try check()
    }

    /// Checks keys, values and depth of both sections against the limits of a twin.
    /// - Throws: `IoTHubError` with `argumentInvalid`, the path and the limit.
    public func check() throws(IoTHubError) {
        if let tags { try TwinLimits.check(tags, path: "tags") }
        if let desired { try TwinLimits.check(desired, path: "properties.desired") }
    }

    /// The body of a request for this write.
    public var json: JSONObject {
        var object = JSONObject()
        if let tags { object["tags"] = .object(tags) }
        if let desired { object["properties"] = ["desired": .object(desired)] }
        return object
    }

    private static func section(_ value: JSON?, path: String) throws(IoTHubError) -> JSONObject? {
        switch value {
        case nil, .null: return nil
        case .object(var object):
            for name in readOnlyNames { object.removeValue(forKey: name) }
            return object
        case .bool, .integer, .double, .string, .array:
            throw IoTHubError(
                .argumentInvalid,
                "expected \(path) as an object, found \(value?.kind ?? "nothing")",
                path: path
            )
        }
    }
}
