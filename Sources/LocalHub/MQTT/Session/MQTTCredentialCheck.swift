import IoTHub

/// Decides whether a CONNECT comes from the device that it names.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures". The return codes
/// are those seen from the real hub: 3 for a disabled device, 5 for every other failure.
struct MQTTCredentialCheck: Sendable {
    enum Verdict: Sendable, Hashable {
        /// With the end of the token, in seconds since 1970-01-01T00:00:00Z.
        case accepted(tokenExpiry: Int64)
        case refused(MQTTConnectReturnCode, String)
    }

    /// Names that tokens for this hub may bear, besides the one in the user name.
    var hostNames: Set<String>
    /// The keys of a policy that may connect devices; nil for any other.
    var policyKeys: @Sendable (_ policy: String) -> [String]?

    /// Checks the token in the password.
    /// - Parameters:
    ///   - login: what the device sent.
    ///   - device: what the registry holds of it; nil for an unknown device.
    ///   - seconds: the wall clock, since 1970-01-01T00:00:00Z.
    /// - Returns: the verdict, with a reason that holds no secrets.
    func verdict(on login: MQTTLogin, device: DeviceAuthentication?, at seconds: Int64) -> Verdict {
        guard let device else { return .refused(.notAuthorized, "the device is unknown") }
        guard device.type == .sas else {
            return .refused(.notAuthorized, "devices with certificates are not taken here yet")
        }
        guard let password = login.password else { return .refused(.notAuthorized, "there is no token") }
        let token: SharedAccessSignature
        do {
            token = try SharedAccessSignature(parsing: String(decoding: password, as: UTF8.self))
        } catch {
            return .refused(.notAuthorized, error.message)
        }
        // The host is not insisted on: with a gateway, user name and token bear another name than the hub knows.
        let resources = hostNames.union([login.userName.host]).map { "\($0)/devices/\(login.deviceID)" }
        guard resources.contains(where: { token.covers(resource: $0) }) else {
            return .refused(.notAuthorized, "the token is for another resource")
        }
        guard let keys = keys(for: token, of: device) else {
            return .refused(.notAuthorized, "the token's policy is unknown or may not connect devices")
        }
        guard token.isSigned(by: keys) else { return .refused(.notAuthorized, "the token has a wrong signature") }
        guard !token.isExpired(at: seconds) else { return .refused(.notAuthorized, "the token has expired") }
        guard device.status == .enabled else { return .refused(.serverUnavailable, "the device is disabled") }
        return .accepted(tokenExpiry: token.expiry)
    }

    private func keys(for token: SharedAccessSignature, of device: DeviceAuthentication) -> [String]? {
        if let policy = token.policy { return policyKeys(policy) }
        return [device.primaryKey, device.secondaryKey].compactMap(\.self)
    }
}
