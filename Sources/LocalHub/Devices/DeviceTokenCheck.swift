import IoTHub

/// Decides what a device's SAS token is good for.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
struct DeviceTokenCheck: Sendable {
    /// Names that tokens for this hub may bear.
    var hostNames: Set<String>
    /// The keys of a policy that may connect devices; nil for any other.
    var policyKeys: @Sendable (_ policy: String) -> [String]?

    /// What is wrong with a token for a device.
    /// - Parameters:
    ///   - token: what the device sent.
    ///   - deviceID: the device that it is to be good for.
    ///   - host: another name that the token may bear, which the device used: with a gateway, it is none that the hub
    ///     knows, so the host is not insisted on.
    ///   - device: what the registry holds of it.
    ///   - seconds: the wall clock, since 1970-01-01T00:00:00Z.
    /// - Returns: the problem, without secrets; nil when the token is good.
    func problem(
        with token: SharedAccessSignature,
        for deviceID: String,
        host: String?,
        device: DeviceAuthentication,
        at seconds: Int64
    ) -> String? {
        let names = host.map { hostNames.union([$0]) } ?? hostNames
        guard names.contains(where: { token.covers(resource: "\($0)/devices/\(deviceID)") }) else {
            return "the token is for another resource"
        }
        guard let keys = keys(for: token, of: device) else {
            return "the token's policy is unknown or may not connect devices"
        }
        guard token.isSigned(by: keys) else { return "the token has a wrong signature" }
        return token.isExpired(at: seconds) ? "the token has expired" : nil
    }

    private func keys(for token: SharedAccessSignature, of device: DeviceAuthentication) -> [String]? {
        if let policy = token.policy { return policyKeys(policy) }
        return [device.primaryKey, device.secondaryKey].compactMap(\.self)
    }
}

extension TwinRegistry {
    /// The keys of a policy that may connect devices; nil for any other.
    @Sendable func keysForDevices(_ policy: String) -> [String]? {
        guard let policy = policies[policy], policy.permissions.contains(.deviceConnect) else { return nil }
        return policy.keys
    }
}
