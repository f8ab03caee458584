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

    /// A member's value; setting nil drops the member from this collection, setting `.null` asks the hub to remove it.
    public subscript(key: String) -> JSON? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// How many members there are.
    public var count: Int { values.count }

    /// Whether there are no members.
    public var isEmpty: Bool { values.isEmpty }

    /// When the section last changed, by the hub's clock; nil without metadata.
    public var lastUpdated: HubTimestamp? {
        guard let text = metadata?["$lastUpdated"]?.stringValue else { return nil }
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
