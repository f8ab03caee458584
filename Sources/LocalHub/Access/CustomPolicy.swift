public import IoTHub

/// A shared access policy that a hub shall have besides its own five.
public struct CustomPolicy: Sendable, Hashable {
    /// The name; the `SharedAccessKeyName` of its connection strings.
    public let name: String
    /// What its holder may do.
    public let permissions: AccessPermissions

    /// Most characters in a name.
    static let longestName = 64

    /// Makes a policy.
    /// - Throws: `IoTHubError` with `argumentInvalid` for a name that is not 1 to 64 ASCII letters, digits, `-` or
    ///   `_`, or for no permission at all.
    public init(name: String, permissions: AccessPermissions) throws(IoTHubError) {
        guard (1...Self.longestName).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(name.prefix(80))' is no name for a policy; expected 1 to \(Self.longestName) letters, digits, "
                    + "'-' or '_'"
            )
        }
        guard !permissions.isEmpty else {
            throw IoTHubError(.argumentInvalid, "policy '\(name)' has no permission")
        }
        self.name = name
        self.permissions = permissions
    }

    /// Reads `NAME=registryRead,serviceConnect`, the form of the command line.
    /// - Throws: `IoTHubError` with `argumentInvalid` that says what was expected.
    public init(parsing text: String) throws(IoTHubError) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[1].isEmpty else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(text.prefix(80))' is no policy; expected NAME=PERMISSION[,PERMISSION…], such as "
                    + "backend=registryRead,serviceConnect"
            )
        }
        let names = sides[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        try self.init(name: String(sides[0]), permissions: AccessPermissions(names: names))
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
