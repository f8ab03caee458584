import IoTHub

/// Decides whether the sender of a service request may make it.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
struct ServiceAuthorizer: Sendable {
    let policies: SharedAccessPolicies
    /// The hub's names, in lower case.
    let hostNames: Set<String>

    /// Checks a token.
    /// - Parameters:
    ///   - token: the value of the `Authorization` header; nil when there was none.
    ///   - path: the path of the request, decoded, such as `/devices/dev1`.
    ///   - allowed: any one of these permissions is enough; nil when none is needed.
    ///   - time: the hub's time.
    /// - Throws: `IoTHubError`: `iotHubUnauthorized` when the sender is nobody known, `iotHubUnauthorizedAccess` when
    ///   the policy does not allow the request. The texts never hold a key or a signature.
    func check(
        token: String?,
        path: String,
        allowedBy allowed: AccessPermissions?,
        at time: HubTimestamp
    ) throws(IoTHubError) {
        guard let token else { throw IoTHubError(.iotHubUnauthorized, "Unauthorized: no Authorization header") }
        let signature = try SharedAccessSignature(parsing: token)
        guard let name = signature.policy else {
            throw IoTHubError(.iotHubUnauthorized, "Unauthorized: the token names no policy (skn)")
        }
        guard let policy = policies[name], signature.isSigned(by: policy.keys) else {
            throw IoTHubError(.iotHubUnauthorized, "Unauthorized: no policy of this hub signed the token")
        }
        guard !signature.isExpired(at: time.secondsSinceEpoch) else {
            throw IoTHubError(.iotHubUnauthorized, "Unauthorized: the token expired at \(signature.expiry)")
        }
        guard let host = Self.host(of: signature.resource), hostNames.contains(host),
            signature.covers(resource: host + path)
        else {
            throw IoTHubError(.iotHubUnauthorized, "Unauthorized: the token is for another resource")
        }
        if let allowed, policy.permissions.isDisjoint(with: allowed) {
            throw IoTHubError(
                .iotHubUnauthorizedAccess,
                "Unauthorized: policy '\(name)' lacks \(allowed.names.joined(separator: " or "))"
            )
        }
    }

    /// The host of a resource, without scheme and port, in lower case.
    private static func host(of resource: String) -> String? {
        var text = resource[...]
        if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
        let host = text.prefix { $0 != "/" && $0 != ":" }
        return host.isEmpty ? nil : host.lowercased()
    }
}
