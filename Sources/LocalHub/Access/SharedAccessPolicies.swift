import IoTHub

/// The policies that every new hub has.
struct SharedAccessPolicies: Sendable, Hashable {
    /// The policies in the order in which the Azure portal lists them.
    private(set) var all: [SharedAccessPolicy]

    /// Names and permissions of a new hub's policies.
    private static let defaults: [(name: String, permissions: AccessPermissions)] = [
        ("iothubowner", [.registryRead, .registryWrite, .serviceConnect, .deviceConnect]),
        ("service", .serviceConnect),
        ("device", .deviceConnect),
        ("registryRead", .registryRead),
        ("registryReadWrite", [.registryRead, .registryWrite]),
    ]

    /// A new hub's policies with new keys.
    static func random() -> SharedAccessPolicies {
        SharedAccessPolicies(
            all: defaults.map { policy in
                SharedAccessPolicy(
                    name: policy.name,
                    permissions: policy.permissions,
                    primaryKey: SymmetricKey.randomKey(),
                    secondaryKey: SymmetricKey.randomKey()
                )
            }
        )
    }

    /// The policy with this name; names compare with case.
    subscript(name: String) -> SharedAccessPolicy? { all.first { $0.name == name } }

    /// Names and keys, for the data folder.
    var json: JSONObject {
        var object = JSONObject()
        for policy in all {
            object[policy.name] = [
                "primaryKey": .string(policy.primaryKey), "secondaryKey": .string(policy.secondaryKey),
            ]
        }
        return object
    }

    /// Reads back what `json` gave; permissions follow from the names.
    /// - Throws: `IoTHubError` that names the policy whose keys are missing; it never quotes a key.
    init(json: JSONObject) throws(IoTHubError) {
        all = []
        for (name, permissions) in Self.defaults {
            guard let primary = json[name]?["primaryKey"]?.stringValue,
                let secondary = json[name]?["secondaryKey"]?.stringValue
            else { throw IoTHubError(.argumentInvalid, "policy '\(name)' has no two keys", path: name) }
            all.append(
                SharedAccessPolicy(
                    name: name,
                    permissions: permissions,
                    primaryKey: primary,
                    secondaryKey: secondary
                )
            )
        }
    }

    private init(all: [SharedAccessPolicy]) { self.all = all }
}
