public import IoTHub

/// What a shared access policy lets its holder do.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
public struct AccessPermissions: OptionSet, Sendable, Hashable {
    /// One bit for each permission.
    public let rawValue: Int

    /// Makes a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Read identities.
    public static let registryRead = AccessPermissions(rawValue: 1)
    /// Create, change and delete identities.
    public static let registryWrite = AccessPermissions(rawValue: 2)
    /// Twins, queries, jobs, methods.
    public static let serviceConnect = AccessPermissions(rawValue: 4)
    /// What devices do.
    public static let deviceConnect = AccessPermissions(rawValue: 8)
}

extension AccessPermissions {
    /// Each permission with its name, in the order in which the documentation lists them.
    private static let names: [(name: String, permission: AccessPermissions)] = [
        ("registryRead", .registryRead), ("registryWrite", .registryWrite), ("serviceConnect", .serviceConnect),
        ("deviceConnect", .deviceConnect),
    ]

    /// The names of the permissions in the set, such as `registryRead`.
    public var names: [String] { Self.names.filter { contains($0.permission) }.map(\.name) }

    /// Reads a set from names; the Azure portal writes them with a capital, so case does not count.
    /// - Throws: `IoTHubError` with `argumentInvalid` that names the one that is none, and the one that it may have
    ///   been meant for.
    public init(names: some Sequence<String>) throws(IoTHubError) {
        self = []
        for name in names {
            guard let known = Self.names.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                let all = Self.names.map(\.name)
                let nearest = Suggestion.nearest(to: name, among: all).map { "; did you mean \($0)?" } ?? ""
                throw IoTHubError(
                    .argumentInvalid,
                    "'\(name.prefix(64))' is no permission; expected \(all.joined(separator: ", "))\(nearest)"
                )
            }
            insert(known.permission)
        }
    }
}
