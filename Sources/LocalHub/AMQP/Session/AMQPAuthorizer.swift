import AMQPEngine
import IoTHub

/// Decides what the tokens of a connection, and its certificate, are good for.
struct AMQPAuthorizer: Sendable {
    /// The most tokens on one connection.
    ///
    /// Source: Azure IoT Hub documentation, "Understand Azure IoT Hub error codes" (403005).
    static let maximumTokens = 999

    var hostNames: Set<String>
    /// What the registry holds of a device; nil for an unknown one.
    var device: @Sendable (String) -> DeviceAuthentication?
    /// A policy with its permissions and keys; nil for an unknown one.
    var policy: @Sendable (String) -> SharedAccessPolicy?

    private var tokens: DeviceTokenCheck {
        DeviceTokenCheck(hostNames: hostNames) { [policy] name in
            policy(name).flatMap { $0.permissions.contains(.deviceConnect) ? $0.keys : nil }
        }
    }

    /// Checks a token when it is put.
    /// - Throws: `IoTHubError` with `iotHubUnauthorized`, without secrets.
    func check(_ entry: AMQPTokens.Entry, for scope: AMQPAudience.Scope, at seconds: Int64) throws(IoTHubError) {
        let token = entry.token
        switch scope {
        case .device(let id):
            // A stranger does not learn which devices there are.
            guard let device = device(id) else { throw IoTHubError(.iotHubUnauthorized, "the device is unknown") }
            try check(token, host: entry.host, for: id, device, at: seconds)
        case .hub:
            guard let policy = token.policy.flatMap({ policy($0) }),
                policy.permissions.contains(.deviceConnect) || policy.permissions.contains(.serviceConnect)
            else { throw IoTHubError(.iotHubUnauthorized, "only policies that may connect have tokens for the hub") }
            let names = entry.host.map { hostNames.union([$0]) } ?? hostNames
            guard names.contains(where: { token.covers(resource: "\($0)/devices") }) else {
                throw IoTHubError(.iotHubUnauthorized, "the token is for another resource")
            }
            guard token.isSigned(by: policy.keys) else {
                throw IoTHubError(
                    .iotHubUnauthorized,
                    "The specified SAS token has an invalid signature. It does not match either the primary or "
                        + "secondary key."
                )
            }
            guard !token.isExpired(at: seconds) else {
                throw IoTHubError(.iotHubUnauthorized, "the token has expired")
            }
        }
    }

    /// What a device was admitted by.
    enum Credential {
        case token
        case certificate
    }

    /// Checks whether a device may have links: by one of the tokens that came, or by the certificate, as it is registered.
    ///
    /// Signatures are looked at again: keys and devices may have changed since the token was put.
    /// - Throws: `IoTHubError`: `iotHubUnauthorized`, or `deviceNotFound` for one that is unknown or disabled.
    func admit(
        _ id: String,
        by candidates: [AMQPTokens.Entry],
        or certificates: ClientCertificates?,
        at seconds: Int64
    ) throws(IoTHubError) -> Credential {
        guard !candidates.isEmpty || certificates != nil else {
            throw IoTHubError(
                .iotHubUnauthorized,
                "no token for the device '\(id.prefix(128))' was put on this connection, and no certificate shown"
            )
        }
        guard let device = device(id) else {
            // Whoever shows just any certificate does not learn which devices there are.
            throw candidates.isEmpty
                ? IoTHubError(.iotHubUnauthorized, "the device is unknown")
                : IoTHubError(.deviceNotFound, String(id.prefix(128)))
        }
        guard device.type == .sas else {
            if let problem = DeviceCertificateCheck.problem(with: certificates, for: id, device: device, at: seconds) {
                throw IoTHubError(.iotHubUnauthorized, problem)
            }
            guard device.status == .enabled else { throw IoTHubError.disabled(id) }
            return .certificate
        }
        var refusal = IoTHubError(.iotHubUnauthorized, "the device authenticates with a token, and none was put")
        for candidate in candidates {
            do throws(IoTHubError) {
                try check(candidate.token, host: candidate.host, for: id, device, at: seconds)
                guard device.status == .enabled else { throw IoTHubError.disabled(id) }
                return .token
            } catch {
                refusal = error
            }
        }
        throw refusal
    }

    private func check(
        _ token: SharedAccessSignature,
        host: String?,
        for id: String,
        _ device: DeviceAuthentication,
        at seconds: Int64
    ) throws(IoTHubError) {
        guard device.type == .sas else {
            throw IoTHubError(
                .iotHubUnauthorized,
                "the device does not authenticate with a token; its authentication type is \(device.type.rawValue)"
            )
        }
        if let problem = tokens.problem(with: token, for: id, host: host, device: device, at: seconds) {
            throw IoTHubError(.iotHubUnauthorized, problem)
        }
    }
}
