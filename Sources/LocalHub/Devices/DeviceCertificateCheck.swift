import IoTHub

/// Decides whether a client's certificate is that of a device.
///
/// Source: Azure IoT Hub documentation, "Authenticate identities with X.509 certificates".
enum DeviceCertificateCheck {
    /// What is wrong with the certificate of a device that does not use tokens.
    ///
    /// Only the beginning of a connection is looked at. Whether the real hub ends connections when the certificate does is
    /// not documented; here they stay.
    /// - Parameters:
    ///   - certificates: what the client showed; nil for nothing.
    ///   - deviceID: the device that it claims to be.
    ///   - device: what the registry holds of it.
    ///   - seconds: the hub's wall clock, since 1970-01-01T00:00:00Z.
    /// - Returns: the problem; nil when the certificate is the device's, and valid.
    static func problem(
        with certificates: ClientCertificates?,
        for deviceID: String,
        device: DeviceAuthentication,
        at seconds: Int64
    ) -> String? {
        switch device.type {
        case .sas: return "the device authenticates with a token, not with a certificate"
        case .none: return "the device's authentication type is none, so it may not connect"
        case .selfSigned, .certificateAuthority: break
        }
        guard let certificates else {
            return "the device authenticates with a certificate (\(device.type.rawValue)), and none was shown"
        }
        if device.type == .selfSigned {
            guard device.thumbprints.contains(where: { certificates.has(thumbprint: $0) }) else {
                return "thumbprint does not match configuration: the certificate's is \(certificates.sha256Thumbprint) "
                    + "(SHA-256), \(certificates.sha1Thumbprint) (SHA-1)"
            }
            return certificates.validity.problem(at: seconds).map { "the certificate \($0)" }
        }
        switch certificates.trust {
        case .untrusted(let why): return "the certificate is not trusted: \(why)"
        case .trusted(let authority, let validity):
            let name = certificates.commonName
            // Byte by byte: to Swift, characters that Unicode calls equivalent are equal.
            guard let name, name.utf8.elementsEqual(deviceID.utf8) else {
                let found = name.map { "'\($0.prefix(DeviceID.maximumLength))'" } ?? "missing, or one of several"
                return "the common name of the certificate's subject is \(found); expected the device id"
            }
            if let problem = certificates.validity.problem(at: seconds) { return "the certificate \(problem)" }
            return validity.problem(at: seconds).map {
                "the authority '\(authority)', or one between it and the certificate, \($0)"
            }
        }
    }
}
