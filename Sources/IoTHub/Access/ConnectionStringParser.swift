import Foundation

extension ConnectionString {
    private enum Name: String, CaseIterable {
        case hostName = "HostName"
        case gatewayHostName = "GatewayHostName"
        case deviceID = "DeviceId"
        case moduleID = "ModuleId"
        case keyName = "SharedAccessKeyName"
        case key = "SharedAccessKey"
        case token = "SharedAccessSignature"
        case x509 = "x509"
    }

    /// Reads `Name=value;Name=value…`; names compare without case.
    /// - Throws: `IoTHubError` with `argumentInvalid` that names the part at fault; it never quotes a key or a token.
    public init(parsing text: String) throws(IoTHubError) {
        let values = try Self.values(of: text)
        func need(_ name: Name, _ why: String) throws(IoTHubError) -> String {
            guard let value = values[name] else {
                throw Self.fault("the connection string has no \(name.rawValue); \(why)", name)
            }
            return value
        }
        func exclude(_ names: [Name], with other: Name) throws(IoTHubError) {
            for name in names where values[name] != nil {
                throw Self.fault("\(name.rawValue) does not go with \(other.rawValue)", name)
            }
        }
        let hostName = try need(.hostName, "expected one like HostName=myhub.azure-devices.net")
        try Self.check(host: hostName, .hostName)
        let gateway = values[.gatewayHostName]
        if let gateway { try Self.check(host: gateway, .gatewayHostName) }

        let usesX509 = try values[.x509].map { (text) throws(IoTHubError) in
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw Self.fault("expected x509=true, found x509=\(text)", .x509)
            }
        }
        let credential: Credential
        if let deviceID = values[.deviceID] {
            try DeviceID.validate(deviceID)
            let moduleID = values[.moduleID]
            if let moduleID { try DeviceID.validate(moduleID) }
            try exclude([.keyName], with: .deviceID)
            if usesX509 == true {
                try exclude([.key, .token], with: .x509)
                credential = .deviceX509(deviceID: deviceID, moduleID: moduleID)
            } else if let token = values[.token] {
                try exclude([.key], with: .token)
                _ = try SharedAccessSignature(parsing: token)
                credential = .deviceToken(deviceID: deviceID, moduleID: moduleID, token: token)
            } else {
                let key = try need(.key, "a device needs SharedAccessKey, SharedAccessSignature or x509=true")
                try Self.check(key: key)
                credential = .deviceKey(deviceID: deviceID, moduleID: moduleID, key: key)
            }
        } else {
            let name = try need(.keyName, "expected DeviceId for a device, or SharedAccessKeyName for a policy")
            try exclude([.moduleID, .x509], with: .keyName)
            if let token = values[.token] {
                try exclude([.key], with: .token)
                _ = try SharedAccessSignature(parsing: token)
                credential = .policyToken(name: name, token: token)
            } else {
                let key = try need(.key, "a policy needs SharedAccessKey or SharedAccessSignature")
                try Self.check(key: key)
                credential = .policy(name: name, key: key)
            }
        }
        self.init(hostName: hostName, gatewayHostName: gateway, credential: credential)
    }

    /// Checks a hub's name as it stands behind `HostName=`.
    /// - Parameter hostName: the name, with or without a port.
    /// - Throws: `IoTHubError` with `argumentInvalid` that quotes the name.
    public static func validate(hostName: String) throws(IoTHubError) { try check(host: hostName, .hostName) }

    private static func values(of text: String) throws(IoTHubError) -> [Name: String] {
        var values: [Name: String] = [:]
        for (index, part) in text.split(separator: ";", omittingEmptySubsequences: true).enumerated() {
            let trimmed = part.trimmingCharacters(in: .whitespacesAndNewlines)
            if trimmed.isEmpty { continue }
            guard let equals = trimmed.firstIndex(of: "=") else {
                // The part may be a piece of a key, so it is not quoted.
                throw IoTHubError(
                    .argumentInvalid,
                    "part \(index + 1) of the connection string is not of the form Name=value"
                )
            }
            let given = trimmed[..<equals]
            guard let name = Name.allCases.first(where: { $0.rawValue.lowercased() == given.lowercased() }) else {
                let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw IoTHubError(
                    .argumentInvalid,
                    "the connection string has an unknown part '\(given)'; expected one of \(known)",
                    path: String(given)
                )
            }
            let value = String(trimmed[trimmed.index(after: equals)...])
            if value.isEmpty { throw fault("\(name.rawValue) is empty", name) }
            guard values.updateValue(value, forKey: name) == nil else {
                throw fault("\(name.rawValue) is given twice", name)
            }
        }
        if values.isEmpty { throw IoTHubError(.argumentInvalid, "the connection string is empty") }
        return values
    }

    private static func check(host: String, _ name: Name) throws(IoTHubError) {
        guard HostAndPort(host) != nil else {
            throw fault("\(name.rawValue)=\(host) is not a host name like myhub.azure-devices.net", name)
        }
    }

    private static func check(key: String) throws(IoTHubError) {
        guard let bytes = Data(base64Encoded: key), !bytes.isEmpty else {
            throw fault("SharedAccessKey is not Base64; was it cut off?", .key)
        }
    }

    private static func fault(_ message: String, _ name: Name) -> IoTHubError {
        IoTHubError(.argumentInvalid, message, path: name.rawValue)
    }
}
