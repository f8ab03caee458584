/// A change of desired properties that a connected device must hear of.
public struct DesiredChange: Sendable, Hashable {
    /// What the service wrote, nulls for removed members included; after a replace the whole new section.
    public let patch: JSONObject
    /// The new desired `$version`.
    public let version: Int64

    /// Makes a change.
    public init(patch: JSONObject, version: Int64) {
        self.patch = patch
        self.version = version
    }

    /// The body of the notification: the patch with `$version` inside, as JSON in UTF-8.
    public var body: [UInt8] {
        var object = patch
        object["$version"] = .integer(version)
        return object.serialized()
    }
}
