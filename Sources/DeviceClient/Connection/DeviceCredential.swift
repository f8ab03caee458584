/// How a device proves who it is.
enum DeviceCredential: Sendable {
    /// By tokens.
    case sas(SASCredential)
    /// By the certificate that it shows in the TLS handshake.
    case certificate(DeviceCertificate)

    /// The certificate; nil with tokens.
    var certificate: DeviceCertificate? {
        switch self {
        case .sas: nil
        case .certificate(let certificate): certificate
        }
    }

    /// Whether there is a next token when this one ends.
    var isRenewable: Bool {
        switch self {
        case .sas(let credential): credential.isRenewable
        case .certificate: false
        }
    }

    /// A token for a resource, nil with a certificate; `now` is in seconds since 1970-01-01T00:00:00Z.
    func token(for resource: String, now: Double) throws(DeviceClientError) -> SASToken? {
        switch self {
        case .sas(let credential): try credential.token(for: resource, now: now)
        case .certificate: nil
        }
    }
}
