import OrderedCollections

/// One node of the `$metadata` tree: when the member that it stands for last changed.
///
/// There is a node for every object and every leaf of a section; arrays are leaves. Desired nodes also carry the
/// section's `$version` of that change, reported nodes do not.
/// Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub".
struct TwinMetadata: Sendable {
    var lastUpdated: HubTimestamp
    var lastUpdatedVersion: Int64?
    private var members: OrderedDictionary<String, TwinMetadata> = [:]

    init(lastUpdated: HubTimestamp, lastUpdatedVersion: Int64? = nil) {
        self.lastUpdated = lastUpdated
        self.lastUpdatedVersion = lastUpdatedVersion
    }

    /// A tree for a section that is written as a whole.
    init(for values: JSONObject, at time: HubTimestamp, version: Int64?) {
        self.init(lastUpdated: time, lastUpdatedVersion: version)
        for (key, value) in values {
            members[key] = TwinMetadata(for: value.objectValue ?? [:], at: time, version: version)
        }
    }

    /// Marks what a merge patch touches: every member named in it, and every ancestor of those.
    mutating func merge(patch: JSONObject, at time: HubTimestamp, version: Int64?) {
        lastUpdated = time
        lastUpdatedVersion = version
        for (key, value) in patch {
            switch value {
            case .null:
                members.removeValue(forKey: key)
            case .object(let changes):
                // A leaf that becomes an object starts a new node; its old one has no members to keep.
                var node = members[key] ?? TwinMetadata(lastUpdated: time, lastUpdatedVersion: version)
                node.merge(patch: changes, at: time, version: version)
                members[key] = node
            case .bool, .integer, .double, .string, .array:
                members[key] = TwinMetadata(lastUpdated: time, lastUpdatedVersion: version)
            }
        }
    }

    /// The tree as the service view shows it under `$metadata`.
    var json: JSONObject {
        var object: JSONObject = ["$lastUpdated": .string(lastUpdated.description)]
        if let lastUpdatedVersion { object["$lastUpdatedVersion"] = .integer(lastUpdatedVersion) }
        for (key, node) in members { object[key] = .object(node.json) }
        return object
    }

    /// Appends the tree as JSON text: the same as `json`, without building it.
    func write(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"$lastUpdated\":\"".utf8)
        bytes.append(contentsOf: lastUpdated.utf8Text)
        bytes.append(UInt8(ascii: "\""))
        if let lastUpdatedVersion {
            bytes.append(contentsOf: ",\"$lastUpdatedVersion\":\(lastUpdatedVersion)".utf8)
        }
        for (key, node) in members {
            bytes.append(UInt8(ascii: ","))
            JSON.write(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            node.write(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Reads a tree back.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the path of the node that is none.
    init(json: JSONObject, path: String) throws(IoTHubError) {
        guard let text = json["$lastUpdated"]?.stringValue else {
            throw IoTHubError(.argumentInvalid, "expected a time \(path).$lastUpdated", path: path)
        }
        self.init(
            lastUpdated: try HubTimestamp(parsing: text),
            lastUpdatedVersion: json["$lastUpdatedVersion"]?.integerValue
        )
        for (key, value) in json where key != "$lastUpdated" && key != "$lastUpdatedVersion" {
            guard case .object(let node) = value else {
                throw IoTHubError(
                    .argumentInvalid,
                    "expected \(path).\(key) as an object, found \(value.kind)",
                    path: path
                )
            }
            members[key] = try TwinMetadata(json: node, path: "\(path).\(key)")
        }
    }
}
