import IoTHub

/// A policy with its two keys.
struct SharedAccessPolicy: Sendable, Hashable {
    var name: String
    var permissions: AccessPermissions
    /// Base64.
    var primaryKey: String
    /// Base64.
    var secondaryKey: String

    /// Both keys.
    var keys: [String] { [primaryKey, secondaryKey] }

    /// A policy with new keys.
    init(name: String, permissions: AccessPermissions) {
        self.init(
            name: name,
            permissions: permissions,
            primaryKey: SymmetricKey.randomKey(),
            secondaryKey: SymmetricKey.randomKey()
        )
    }

    init(name: String, permissions: AccessPermissions, primaryKey: String, secondaryKey: String) {
        self.name = name
        self.permissions = permissions
        self.primaryKey = primaryKey
        self.secondaryKey = secondaryKey
    }
}
