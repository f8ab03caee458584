import IoTHub

/// Decides whether a CONNECT comes from the device that it names.
///
/// By a token or by a certificate, as the device is registered; what it shows of the other kind does not matter.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures". The return codes
/// are those seen from the real hub: 3 for a disabled device, 5 for every other failure.
struct MQTTCredentialCheck: Sendable {
    enum Verdict: Sendable, Hashable {
        /// With the end of the token, in seconds since 1970-01-01T00:00:00Z; nil for a certificate.
        case accepted(tokenExpiry: Int64?)
        case refused(MQTTConnectReturnCode, String)
    }

    private let tokens: DeviceTokenCheck

    /// Makes a check.
    /// - Parameters:
    ///   - hostNames: names that tokens for this hub may bear, besides the one in the user name.
    ///   - policyKeys: the keys of a policy that may connect devices; nil for any other.
    init(hostNames: Set<String>, policyKeys: @escaping @Sendable (_ policy: String) -> [String]?) {
        tokens = DeviceTokenCheck(hostNames: hostNames, policyKeys: policyKeys)
    }

    /// Checks the token in the password, or the certificate.
    /// - Parameters:
    ///   - login: what the device sent.
    ///   - certificates: what it showed in the TLS handshake; looked at only for a device without keys.
    ///   - device: what the registry holds of it; nil for an unknown device.
    ///   - seconds: the wall clock, since 1970-01-01T00:00:00Z.
    /// - Returns: the verdict, with a reason that holds no secrets.
    func verdict(
        on login: MQTTLogin,
        certificates: @autoclosure () -> ClientCertificates?,
        device: DeviceAuthentication?,
        at seconds: Int64
    ) -> Verdict {
        guard let device else { return .refused(.notAuthorized, "the device is unknown") }
        let verdict =
            device.type == .sas
            ? verdict(onToken: login, device: device, at: seconds)
            : DeviceCertificateCheck.problem(
                with: certificates(),
                for: login.deviceID,
                device: device,
                at: seconds
            ).map { .refused(.notAuthorized, $0) } ?? .accepted(tokenExpiry: nil)
        guard case .accepted = verdict, device.status != .enabled else { return verdict }
        return .refused(.serverUnavailable, "the device is disabled")
    }

    private func verdict(onToken login: MQTTLogin, device: DeviceAuthentication, at seconds: Int64) -> Verdict {
        guard let password = login.password else { return .refused(.notAuthorized, "there is no token") }
        let token: SharedAccessSignature
        do {
            token = try SharedAccessSignature(parsing: String(decoding: password, as: UTF8.self))
        } catch {
            return .refused(.notAuthorized, error.message)
        }
        if let problem = tokens.problem(
            with: token,
            for: login.deviceID,
            host: login.userName.host,
            device: device,
            at: seconds
        ) {
            return .refused(.notAuthorized, problem)
        }
        return .accepted(tokenExpiry: token.expiry)
    }
}
