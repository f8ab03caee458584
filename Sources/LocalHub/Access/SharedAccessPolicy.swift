import IoTHub

/// What a shared access policy lets its holder do.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
struct AccessPermissions: OptionSet, Sendable, Hashable {
    let rawValue: Int

    /// Read identities.
    static let registryRead = AccessPermissions(rawValue: 1)
    /// Create, change and delete identities.
    static let registryWrite = AccessPermissions(rawValue: 2)
    /// Twins, queries, methods.
    static let serviceConnect = AccessPermissions(rawValue: 4)
    /// What devices do.
    static let deviceConnect = AccessPermissions(rawValue: 8)
}

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
}
