public import IoTHub

/// What a principal of Microsoft Entra may do at a hub: one of Azure's built-in roles, or data actions of one's own.
public struct EntraRole: Sendable, Hashable {
    /// The role's name, or the data actions as they were given.
    public let name: String
    let actions: Set<DataAction>

    private init(_ name: String, _ patterns: [String]) {
        self.name = name
        actions = patterns.reduce(into: []) { $0.formUnion(DataAction.matching($1)) }
    }

    /// Azure's built-in roles for the data of IoT hubs.
    ///
    /// Source: Azure role-based access control documentation, "Azure built-in roles for Internet of Things".
    public static let builtIn: [EntraRole] = [
        EntraRole("IoT Hub Data Contributor", ["*"]),
        EntraRole("IoT Hub Data Reader", ["*/read", "fileUpload/notifications/action"]),
        EntraRole("IoT Hub Registry Contributor", ["devices/*"]),
        EntraRole("IoT Hub Twin Contributor", ["twins/*"]),
    ]

    /// Reads a role: a built-in one's name, or data actions with commas in between, such as `devices/read,twins/*`.
    ///
    /// Case does not count, and the actions may have `Microsoft.Devices/IotHubs/` before them.
    /// - Throws: `IoTHubError` with `argumentInvalid` that names what is neither, and what it may have been meant for.
    public init(parsing text: String) throws(IoTHubError) {
        if let role = Self.builtIn.first(where: { $0.name.lowercased() == text.lowercased() }) {
            self = role
            return
        }
        let patterns = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for pattern in patterns where DataAction.matching(pattern).isEmpty {
            let names = Self.builtIn.map(\.name)
            let known = pattern.contains("/") ? DataAction.allCases.map(\.rawValue) : names
            let nearest = Suggestion.nearest(to: pattern, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw IoTHubError(
                .argumentInvalid,
                "'\(pattern.prefix(80))' is neither a role nor a data action; expected one of "
                    + "\(names.joined(separator: ", ")), or data actions such as devices/read,twins/*\(nearest)"
            )
        }
        self.init(text, patterns)
    }
}

/// A role given to a principal.
///
/// In Azure such assignments are kept by Azure itself and are in no token, so a local hub has to be told of them.
public struct EntraRoleAssignment: Sendable, Hashable {
    /// The principal: the object id (`oid`), the subject (`sub`) or the application id (`appid`, `azp`) in its tokens.
    public let principal: String
    /// The role.
    public let role: EntraRole

    /// Gives a role to a principal.
    public init(principal: String, role: EntraRole) {
        self.principal = principal
        self.role = role
    }

    /// Reads `PRINCIPAL=ROLE`, the form of the command line.
    /// - Throws: `IoTHubError` with `argumentInvalid` that says what was expected.
    public init(parsing text: String) throws(IoTHubError) {
        // A subject is Base64 for URLs and ends in no '=', but a role never has one.
        guard let equals = text.lastIndex(of: "="), equals > text.startIndex,
            text.index(after: equals) < text.endIndex
        else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(text.prefix(80))' gives no role; expected PRINCIPAL=ROLE, such as "
                    + "00000000-1111-2222-3333-444444444444='IoT Hub Data Contributor'"
            )
        }
        try self.init(
            principal: String(text[..<equals]),
            role: EntraRole(parsing: String(text[text.index(after: equals)...]))
        )
    }
}
