import ArgumentParser
import Foundation
import IoTHub
import LocalHub

/// The options of `twinfleet hub` for access tokens.
struct EntraOptions: ParsableArguments {
    @Option(
        name: .customLong("entra-issuer"),
        help: ArgumentHelp(
            "Take access tokens of this issuer for the service API: the 'iss' in them, letter by letter.",
            valueName: "url"
        )
    )
    var issuer: String?

    @Option(
        name: .customLong("entra-jwks"),
        help: ArgumentHelp(
            "The issuer's public keys as a JSON Web Key Set: a file, or an address of HTTPS.",
            valueName: "file-or-url"
        ),
        completion: .file(),
        transform: { text in
            try EntraOptions.reading { () throws(IoTHubError) in try EntraConfiguration.KeySource(parsing: text) }
        }
    )
    var keys: EntraConfiguration.KeySource?

    @Option(
        name: .customLong("entra-role"),
        help: ArgumentHelp(
            "Gives a principal a role; may be given several times.",
            discussion: """
                The principal is the object id (oid), the subject (sub) or the application id (appid, azp) in its tokens. \
                Roles: IoT Hub Data Contributor, IoT Hub Data Reader, IoT Hub Registry Contributor, IoT Hub Twin \
                Contributor, or data actions such as devices/read,twins/*.
                """,
            valueName: "principal=role"
        ),
        transform: { text in
            try EntraOptions.reading { () throws(IoTHubError) in try EntraRoleAssignment(parsing: text) }
        }
    )
    var roles: [EntraRoleAssignment] = []

    func validate() throws {
        guard issuer != nil || keys != nil || !roles.isEmpty else { return }
        let missing = [
            (issuer == nil, "--entra-issuer URL"), (keys == nil, "--entra-jwks FILE or URL"),
            (roles.isEmpty, "--entra-role PRINCIPAL=ROLE"),
        ].filter(\.0).map(\.1)
        guard missing.isEmpty else {
            throw ValidationError("access tokens need \(missing.joined(separator: " and ")) as well")
        }
    }

    /// What the options ask for; nil when none is given.
    var configuration: EntraConfiguration? {
        guard let issuer, var keys else { return nil }
        if case .file(let name) = keys { keys = .file(FileText.expanded(name)) }
        return EntraConfiguration(issuer: issuer, keys: keys, assignments: roles)
    }

    /// Turns this project's errors into those that the parser shows.
    private static func reading<Value>(_ read: () throws(IoTHubError) -> Value) throws -> Value {
        do throws(IoTHubError) { return try read() } catch { throw ValidationError(error.message) }
    }
}
