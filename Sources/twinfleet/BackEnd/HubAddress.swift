import Foundation
import IoTHub

/// Where the hub is, who we are there, and whom we trust: from options, files and the environment.
struct HubAddress: Sendable, Equatable {
    /// The environment variable with a connection string.
    static let connectionVariable = "IOTHUB_CONNECTION_STRING"
    /// The environment variable with the name of a file of certificate authorities.
    static let authorityVariable = "IOTHUB_CA_FILE"

    /// Who we are at the hub.
    enum Identity: Sendable, Equatable {
        /// A shared access policy with its connection string.
        case policy(String, connectionString: String)
        /// Whoever the environment holds a credential of, for Microsoft Entra; the hub's name may carry a port.
        case entra(hostName: String)
    }

    /// Who we are at the hub.
    var identity: Identity
    /// The hub's name without port.
    var host: String
    /// A PEM file of authorities; nil for the system's.
    var authorityFile: String?
    /// What gave the authorities, for messages.
    var authorityOrigin: String
    /// Whether a connection string stood on the command line, where others can see it.
    var isSecretVisible: Bool

    /// Finds the hub.
    /// - Parameters:
    ///   - hub: the value of `--hub`: a connection string, or `@` and the name of a file that begins with one.
    ///   - host: the value of `--host`: the name of a hub where Microsoft Entra says who we are.
    ///   - ca: the value of `--ca`.
    ///   - environment: the process's.
    ///   - readFile: gives a file's text.
    /// - Throws: `CommandError` that says what to set; it never holds a key.
    init(
        hub: String?,
        host: String? = nil,
        ca: String?,
        environment: [String: String],
        readFile: (String) throws(CommandError) -> String = FileText.read
    ) throws(CommandError) {
        if let ca {
            (authorityFile, authorityOrigin) = (FileText.expanded(ca), "--ca")
        } else if let file = environment[Self.authorityVariable], !file.isEmpty {
            (authorityFile, authorityOrigin) = (FileText.expanded(file), Self.authorityVariable)
        } else {
            (authorityFile, authorityOrigin) = (nil, "this system")
        }
        if let host {
            guard let place = HostAndPort(host) else {
                throw CommandError(
                    .usage,
                    "--host \"\(host.prefix(200))\" is not a host name; expected one like myhub.azure-devices.net"
                )
            }
            (identity, self.host, isSecretVisible) = (.entra(hostName: host), place.host, false)
            return
        }
        let (text, origin): (String, String)
        if let hub {
            if hub.hasPrefix("@") {
                let file = String(hub.dropFirst())
                text = Self.firstLine(of: try readFile(file))
                origin = "the first line of \(file)"
            } else {
                (text, origin) = (hub, "--hub")
            }
        } else if let value = environment[Self.connectionVariable], !value.isEmpty {
            (text, origin) = (value, Self.connectionVariable)
        } else {
            throw CommandError(.usage, Self.howToNameAHub)
        }
        let parsed: ConnectionString
        do {
            parsed = try ConnectionString(parsing: text)
        } catch {
            throw CommandError(.usage, "\(origin) is not a connection string: \(error.message)")
        }
        switch parsed.credential {
        case .policy(let name, _), .policyToken(let name, _): identity = .policy(name, connectionString: text)
        case .deviceKey(let id, _, _), .deviceToken(let id, _, _), .deviceX509(let id, _):
            throw CommandError(
                .usage,
                "\(origin) is the connection string of device \"\(id)\"; "
                    + "the back end needs one of a shared access policy, with SharedAccessKeyName and SharedAccessKey"
            )
        }
        self.host = parsed.host
        isSecretVisible = hub.map { !$0.hasPrefix("@") } ?? false
    }

    private static func firstLine(of text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.trimmingCharacters(in: .whitespaces)
    }

    private static let howToNameAHub = """
        no hub is named; set \(connectionVariable), or give --hub @FILE with a connection string in the file, or \
        --host NAME for Microsoft Entra. \
        'twinfleet hub' prints these two lines for itself, ready to paste:
          export \(connectionVariable)='HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=…'
          export \(authorityVariable)='…/ca.pem'
        """
}
