import IoTHub

/// The policies of a hub: the five that every new one has, and those made for it.
struct SharedAccessPolicies: Sendable, Hashable {
    /// The policies in the order in which the Azure portal lists them; the custom ones follow in the order given.
    private(set) var all: [SharedAccessPolicy]

    /// Most policies that a hub may have.
    ///
    /// Source: Azure IoT Hub documentation, "IoT Hub quotas and throttling".
    static let most = 16

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
            all: defaults.map { SharedAccessPolicy(name: $0.name, permissions: $0.permissions) }
        )
    }

    /// The policy with this name; names compare with case.
    subscript(name: String) -> SharedAccessPolicy? { all.first { $0.name == name } }

    /// The same with custom policies on top: a new one gets keys, one that is there keeps its keys and gets the
    /// permissions asked for.
    /// - Throws: `IoTHubError` with `argumentInvalid` when a name is one of the hub's own, or given twice, or when
    ///   there are too many.
    func adding(_ policies: [CustomPolicy]) throws(IoTHubError) -> SharedAccessPolicies {
        var next = self
        var given: Set<String> = []
        for policy in policies {
            guard !Self.defaults.contains(where: { $0.name == policy.name }) else {
                throw IoTHubError(
                    .argumentInvalid,
                    "policy '\(policy.name)' is one of the hub's own and stays as it is; choose another name"
                )
            }
            guard given.insert(policy.name).inserted else {
                throw IoTHubError(.argumentInvalid, "policy '\(policy.name)' is given twice")
            }
            if let index = next.all.firstIndex(where: { $0.name == policy.name }) {
                next.all[index].permissions = policy.permissions
            } else {
                next.all.append(SharedAccessPolicy(name: policy.name, permissions: policy.permissions))
            }
        }
        guard next.all.count <= Self.most else {
            throw IoTHubError(
                .argumentInvalid,
                "\(next.all.count) policies (\(next.all.map(\.name).joined(separator: ", "))); a hub has at most "
                    + "\(Self.most), its own \(Self.defaults.count) and those kept from earlier starts included"
            )
        }
        return next
    }

    /// Names, permissions and keys, for the data folder.
    var json: JSONObject {
        var object = JSONObject()
        for policy in all {
            object[policy.name] = [
                "permissions": .array(policy.permissions.names.map(JSON.string)),
                "primaryKey": .string(policy.primaryKey), "secondaryKey": .string(policy.secondaryKey),
            ]
        }
        return object
    }

    /// Reads back what `json` gave, also from hubs that did not write the permissions of their five.
    /// - Throws: `IoTHubError` that names the policy whose keys or permissions are missing; it never quotes a key.
    init(json: JSONObject) throws(IoTHubError) {
        all = []
        for (name, permissions) in Self.defaults {
            all.append(try Self.policy(name, json[name] ?? .null, permissions))
        }
        for (name, value) in json where !Self.defaults.contains(where: { $0.name == name }) {
            guard let names = value["permissions"]?.arrayValue?.compactMap(\.stringValue) else {
                throw IoTHubError(.argumentInvalid, "policy '\(name)' has no permissions", path: name)
            }
            let policy = try CustomPolicy(name: name, permissions: AccessPermissions(names: names))
            all.append(try Self.policy(name, value, policy.permissions))
        }
        guard all.count <= Self.most else {
            throw IoTHubError(.argumentInvalid, "\(all.count) policies; a hub has at most \(Self.most)")
        }
    }

    private static func policy(
        _ name: String,
        _ json: JSON,
        _ permissions: AccessPermissions
    ) throws(IoTHubError) -> SharedAccessPolicy {
        guard let primary = json["primaryKey"]?.stringValue, let secondary = json["secondaryKey"]?.stringValue else {
            throw IoTHubError(.argumentInvalid, "policy '\(name)' has no two keys", path: name)
        }
        return SharedAccessPolicy(
            name: name,
            permissions: permissions,
            primaryKey: primary,
            secondaryKey: secondary
        )
    }

    private init(all: [SharedAccessPolicy]) { self.all = all }
}
