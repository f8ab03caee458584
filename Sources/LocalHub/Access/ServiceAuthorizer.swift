import IoTHub

/// Decides whether the sender of a service request may make it.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures" and "Control access to
/// IoT Hub by using Microsoft Entra ID".
struct ServiceAuthorizer: Sendable {
    let policies: SharedAccessPolicies
    /// Checks access tokens; nil for a hub that takes none.
    let entra: EntraAuthorizer?
    /// The hub's names, in lower case.
    let hostNames: Set<String>

    /// Checks a token.
    /// - Parameters:
    ///   - token: the value of the `Authorization` header; nil when there was none.
    ///   - path: the path of the request, decoded, such as `/devices/dev1`.
    ///   - operation: what the sender wants; nil when that is nothing that there is.
    ///   - time: the hub's time.
    /// - Throws: `IoTHubError`: `iotHubUnauthorized` when the sender is nobody known, `iotHubUnauthorizedAccess` when
    ///   the policy or the roles do not allow the request. The texts never hold a key, a signature or a token.
    func check(
        token: String?,
        path: String,
        for operation: ServiceOperation?,
        at time: HubTimestamp
    ) throws(IoTHubError) {
        guard let token else { throw .unauthorized("no Authorization header") }
        if let bearer = BearerToken.text(in: token) {
            guard let entra else {
                throw .unauthorized(
                    "this hub takes no access tokens of Microsoft Entra; start 'twinfleet hub' with --entra-issuer, "
                        + "--entra-jwks and --entra-role, or set Configuration.entra"
                )
            }
            try entra.check(bearer, for: operation, at: time)
            return
        }
        let signature = try SharedAccessSignature(parsing: token)
        guard let name = signature.policy else {
            throw .unauthorized("the token names no policy (skn)")
        }
        guard let policy = policies[name], signature.isSigned(by: policy.keys) else {
            throw .unauthorized("no policy of this hub signed the token")
        }
        guard !signature.isExpired(at: time.secondsSinceEpoch) else {
            throw .unauthorized("the token expired at \(signature.expiry)")
        }
        guard let host = Self.host(of: signature.resource), hostNames.contains(host),
            signature.covers(resource: host + path)
        else {
            throw .unauthorized("the token is for another resource")
        }
        if let allowed = operation?.allowedBy, policy.permissions.isDisjoint(with: allowed) {
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
