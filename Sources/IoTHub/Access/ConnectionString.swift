/// A connection string of a device, a module or a shared access policy.
public struct ConnectionString: Sendable, Hashable {
    /// Who connects, and how it proves it.
    public enum Credential: Sendable, Hashable {
        /// A device (or one of its modules) with a shared access key in Base64.
        case deviceKey(deviceID: String, moduleID: String?, key: String)
        /// A device (or one of its modules) with a ready-made token.
        case deviceToken(deviceID: String, moduleID: String?, token: String)
        /// A device (or one of its modules) with a certificate, given elsewhere.
        case deviceX509(deviceID: String, moduleID: String?)
        /// A shared access policy with its key in Base64.
        case policy(name: String, key: String)
        /// A shared access policy with a ready-made token.
        case policyToken(name: String, token: String)
    }

    /// The hub's name as it stands in the string; a service may have a port behind it, as in `localhost:18443`.
    public var hostName: String
    /// The host to reach in place of the hub; tokens and user names keep `hostName`.
    public var gatewayHostName: String?
    /// Who connects.
    public var credential: Credential

    /// Makes a connection string from its parts.
    public init(hostName: String, gatewayHostName: String? = nil, credential: Credential) {
        self.hostName = hostName
        self.gatewayHostName = gatewayHostName
        self.credential = credential
    }

    /// The hub's name without port.
    public var host: String { String(hostName.prefix { $0 != ":" }) }

    /// The port behind the hub's name, if there is one.
    public var port: Int? {
        guard let colon = hostName.firstIndex(of: ":") else { return nil }
        return Int(hostName[hostName.index(after: colon)...])
    }

    /// The device, if the string is a device's or a module's.
    public var deviceID: String? {
        switch credential {
        case .deviceKey(let id, _, _), .deviceToken(let id, _, _), .deviceX509(let id, _): id
        case .policy, .policyToken: nil
        }
    }

    /// The string itself, secrets included.
    public var text: String { text(secret: { $0 }) }

    private func text(secret: (String) -> String) -> String {
        var parts = ["HostName=\(hostName)"]
        func device(_ id: String, _ module: String?) {
            parts.append("DeviceId=\(id)")
            if let module { parts.append("ModuleId=\(module)") }
        }
        switch credential {
        case .deviceKey(let id, let module, let key):
            device(id, module)
            parts.append("SharedAccessKey=\(secret(key))")
        case .deviceToken(let id, let module, let token):
            device(id, module)
            parts.append("SharedAccessSignature=\(secret(token))")
        case .deviceX509(let id, let module):
            device(id, module)
            parts.append("x509=true")
        case .policy(let name, let key):
            parts.append("SharedAccessKeyName=\(name)")
            parts.append("SharedAccessKey=\(secret(key))")
        case .policyToken(let name, let token):
            parts.append("SharedAccessKeyName=\(name)")
            parts.append("SharedAccessSignature=\(secret(token))")
        }
        if let gatewayHostName { parts.append("GatewayHostName=\(gatewayHostName)") }
        return parts.joined(separator: ";")
    }
}

extension ConnectionString: CustomStringConvertible {
    /// The string with its secret left out, fit for logs.
    public var description: String { text(secret: { _ in "***" }) }
}
