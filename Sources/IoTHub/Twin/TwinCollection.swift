/// A section of a twin as a client holds it: tags, desired or reported properties.
///
/// Write it as a dictionary literal, or change it by subscript; null removes a member when it is sent.
public struct TwinCollection: Sendable, Hashable {
    /// The members, without `$metadata` and `$version`.
    public var values: JSONObject
    /// The section's `$version`; nil when it did not come from a hub.
    public let version: Int64?
    /// The `$metadata` tree; nil in a device's view and in what did not come from a hub.
    public let metadata: JSONObject?

    /// Makes a collection from members.
    public init(_ values: JSONObject = [:]) {
        self.values = values
        version = nil
        metadata = nil
    }

    /// Makes a collection from a section as the hub sends it, parting `$version` and `$metadata` from the members.
    public init(section: consuming JSONObject) {
        // Taken over, so that a section that nobody else holds is not copied.
        var values = section
        version = values.removeValue(forKey: "$version")?.integerValue
        metadata = values.removeValue(forKey: "$metadata")?.objectValue
        self.values = values
    }

    /// The value at a path of names with dots between them, such as `location.plant`; names themselves cannot have dots.
    ///
    /// Setting a value makes the objects on the way; one that stands where an object is needed gives way. Setting nil
    /// drops the member from this collection, setting `.null` asks the hub to remove it. (In a twin that came from a hub
    /// both do: what was dropped is sent as null.)
    public subscript(path: String) -> JSON? {
        get { values.value(at: path.split(separator: ".", omittingEmptySubsequences: false)) }
        set { values.set(newValue, at: path.split(separator: ".", omittingEmptySubsequences: false)) }
    }

    /// How many members there are.
    public var count: Int { values.count }

    /// Whether there are no members.
    public var isEmpty: Bool { values.isEmpty }

    /// The section with `$metadata` and `$version`, where a hub sent them.
    public var json: JSONObject {
        var object = values
        if let metadata { object["$metadata"] = .object(metadata) }
        if let version { object["$version"] = .integer(version) }
        return object
    }
}

// When members last changed, by the hub's metadata.
extension TwinCollection {
    /// When the section last changed, by the hub's clock; nil without metadata.
    public var lastUpdated: HubTimestamp? { Self.time(of: metadata) }

    /// The section's `$version` when it last changed; nil without metadata, and in reported properties.
    public var lastUpdatedVersion: Int64? { metadata?["$lastUpdatedVersion"]?.integerValue }

    /// When the member at a path last changed, by the hub's clock; nil without metadata or without such a member.
    public func lastUpdated(at path: String) -> HubTimestamp? { Self.time(of: node(at: path)) }

    /// The section's `$version` when the member at a path last changed; nil also in reported properties.
    public func lastUpdatedVersion(at path: String) -> Int64? {
        node(at: path)?["$lastUpdatedVersion"]?.integerValue
    }

    private func node(at path: String) -> JSONObject? {
        metadata?.value(at: path.split(separator: ".", omittingEmptySubsequences: false))?.objectValue
    }

    private static func time(of node: JSONObject?) -> HubTimestamp? {
        guard let text = node?["$lastUpdated"]?.stringValue else { return nil }
        return try? HubTimestamp(parsing: text)
    }
}

extension TwinCollection: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// Makes a collection; of two members with one name the later stands.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var values = JSONObject()
        for (key, value) in elements { values[key] = value }
        self.init(values)
    }

    /// The members as JSON text.
    public var description: String { values.text }
}
