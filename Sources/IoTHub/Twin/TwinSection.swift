/// The desired or the reported properties of a twin as the hub holds them: values, metadata, `$version`.
public struct TwinSection: Sendable {
    /// Which of the two sections it is; they differ in their metadata and in the path that errors name.
    public enum Kind: String, Sendable {
        /// Written by the back end, read by the device.
        case desired
        /// Written by the device, read by the back end.
        case reported
    }

    /// Which section it is.
    public let kind: Kind
    /// The members, without `$metadata` and `$version`.
    public private(set) var values: JSONObject = [:]
    /// The section's `$version`; it starts at 1 and only grows.
    public private(set) var version: Int64 = 1
    private var tree = TwinMetadata(lastUpdated: .never)

    /// Makes an empty section.
    public init(kind: Kind) { self.kind = kind }

    /// Reads a section back from its service view.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the path of what is missing or wrong.
    init(kind: Kind, serviceView: JSONObject) throws(IoTHubError) {
        self.init(kind: kind)
        guard let number = serviceView["$version"]?.integerValue,
            let metadata = serviceView["$metadata"]?.objectValue
        else { throw IoTHubError(.argumentInvalid, "expected $version and $metadata in \(path)", path: path) }
        version = number
        tree = try TwinMetadata(json: metadata, path: "\(path).$metadata")
        values = serviceView
        values.removeValue(forKey: "$version")
        values.removeValue(forKey: "$metadata")
    }

    /// Appends the service view as JSON text, without building it.
    func writeServiceView(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (key, value) in values {
            JSON.write(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            value.write(to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        bytes.append(contentsOf: "\"$metadata\":".utf8)
        tree.write(to: &bytes)
        bytes.append(contentsOf: ",\"$version\":\(version)}".utf8)
    }

    /// When the section last changed; `HubTimestamp.never` before the first change.
    public var lastUpdated: HubTimestamp { tree.lastUpdated }

    /// The `$metadata` tree.
    public var metadata: JSONObject { tree.json }

    /// Where errors say that a fault lies.
    var path: String { "properties.\(kind.rawValue)" }

    /// Merges a checked patch and moves `$version` on by one.
    /// - Throws: `IoTHubError` with `messageTooLarge` when the section would grow past its limit; nothing has changed.
    mutating func merge(_ patch: JSONObject, at time: HubTimestamp) throws(IoTHubError) {
        var merged = values
        merged.merge(patch: patch)
        try TwinLimits.checkSize(of: merged, limit: TwinLimits.propertiesSize, path: path)
        values = merged
        version += 1
        tree.merge(patch: patch, at: time, version: versionForMetadata)
    }

    /// Puts checked values in place of all that was there and moves `$version` on by one.
    /// - Throws: `IoTHubError` with `messageTooLarge` when they are over the section's limit; nothing has changed.
    mutating func replace(with newValues: JSONObject, at time: HubTimestamp) throws(IoTHubError) {
        // Nulls name members that shall not exist.
        var kept = JSONObject()
        kept.merge(patch: newValues)
        try TwinLimits.checkSize(of: kept, limit: TwinLimits.propertiesSize, path: path)
        values = kept
        version += 1
        tree = TwinMetadata(for: kept, at: time, version: versionForMetadata)
    }

    private var versionForMetadata: Int64? {
        switch kind {
        case .desired: version
        case .reported: nil
        }
    }

    /// The section as a device sees it: values and `$version`.
    public var deviceView: JSONObject {
        var object = values
        object["$version"] = .integer(version)
        return object
    }

    /// The section as a service sees it: values, `$metadata` and `$version`.
    public var serviceView: JSONObject {
        var object = values
        object["$metadata"] = .object(metadata)
        object["$version"] = .integer(version)
        return object
    }
}
