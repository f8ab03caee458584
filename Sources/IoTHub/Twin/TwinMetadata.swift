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
}
