internal import COpenSSL
internal import Glibc

/// An authority that signs certificates of devices, for fleets and tests.
///
/// A hub has to know its certificate (`certificatePEM`); devices of the kind `certificateAuthority` then prove who they are by
/// a certificate with the device id for a common name.
public final class DeviceCertificateAuthority: Sendable {
    /// Its own certificate and key.
    private let own: DeviceCertificate
    /// What devices show along with their certificates: this authority's, and those above it.
    private let chain: CertificateChain

    /// How long before now a new certificate is good, for hubs whose clocks are slow.
    private static let slack: Int64 = 300
    private static let longestLife: Int64 = 100 * 366 * 86_400

    /// Makes an authority (EC, P-256) of its own.
    /// - Parameters:
    ///   - commonName: its name, 1 to 64 characters.
    ///   - validFor: how long it is good from now on, 1 second to 100 years.
    /// - Returns: the authority.
    /// - Throws: `DeviceClientError` with `invalidArgument` for a name or a life that is out of range.
    public static func make(
        commonName: String,
        validFor: Duration = .seconds(10 * 366 * 86_400)
    ) throws(DeviceClientError) -> DeviceCertificateAuthority {
        let validity = try life(validFor)
        let key = try CertificateMaker.makeKey()
        let content = CertificateMaker.Content(commonName: commonName, validity: validity, isAuthority: true)
        let certificate = try CertificateMaker.make(content, for: key)
        return try DeviceCertificateAuthority(
            DeviceCertificate(leaf: certificate, key: key, chain: CertificateChain([]), name: "the new authority")
        )
    }

    /// Reads an authority from files in PEM, which may be one and the same.
    /// - Parameters:
    ///   - certificateFile: its certificate, then those above it, if any.
    ///   - keyFile: its private key, RSA or EC.
    ///   - passphrase: what the key is encrypted with, if it is.
    /// - Throws: `DeviceClientError` with `invalidArgument` that says what is wrong.
    public convenience init(
        certificateFile: String,
        keyFile: String,
        passphrase: String? = nil
    ) throws(DeviceClientError) {
        try self.init(DeviceCertificate(certificateFile: certificateFile, keyFile: keyFile, passphrase: passphrase))
    }

    /// Reads an authority from texts in PEM.
    /// - Parameters:
    ///   - certificatePEM: its certificate, then those above it, if any.
    ///   - keyPEM: its private key, RSA or EC.
    ///   - passphrase: what the key is encrypted with, if it is.
    /// - Throws: `DeviceClientError` with `invalidArgument` that says what is wrong.
    public convenience init(
        certificatePEM: String,
        keyPEM: String,
        passphrase: String? = nil
    ) throws(DeviceClientError) {
        try self.init(DeviceCertificate(certificatePEM: certificatePEM, keyPEM: keyPEM, passphrase: passphrase))
    }

    private init(_ own: DeviceCertificate) throws(DeviceClientError) {
        guard X509_check_ca(own.leaf.pointer) > 0 else {
            throw DeviceClientError(
                .invalidArgument,
                "the certificate of '\(own.commonName ?? "")' is not an authority's; "
                    + "expected one with the basic constraint CA:TRUE"
            )
        }
        self.own = own
        chain = try CertificateChain([own.leaf] + own.chain.certificates)
    }

    /// Its certificate, and those above it, in PEM.
    public var certificatePEM: String { own.certificatePEM }

    /// Its private key in PEM (PKCS#8).
    /// - Parameter passphrase: what to encrypt it with (AES-256); without one the text is all that it takes to sign.
    /// - Returns: the text.
    public func keyPEM(passphrase: String? = nil) -> String { own.keyPEM(passphrase: passphrase) }

    /// The name in its certificate; nil when there is none.
    public var commonName: String? { own.commonName }

    /// Makes a key (EC, P-256) and a certificate for a device.
    /// - Parameters:
    ///   - commonName: the device id, or `deviceId/moduleId`; 1 to 64 characters.
    ///   - validFor: how long it is good from now on, 1 second to 100 years, and no longer than the authority itself.
    /// - Returns: the certificate, with the authority's behind it.
    /// - Throws: `DeviceClientError` with `invalidArgument` for a name or a life that is out of range, or for an authority that
    ///   has expired.
    public func issue(
        commonName: String,
        validFor: Duration = .seconds(366 * 86_400)
    ) throws(DeviceClientError) -> DeviceCertificate {
        let life = try Self.life(validFor)
        if let problem = own.problem(at: Self.now) {
            throw DeviceClientError(.invalidArgument, "the authority cannot sign: \(problem.message)")
        }
        return try issue(commonName: commonName, validity: life.clamped(to: own.notValidBefore...own.notValidAfter))
    }

    /// Makes a certificate for a life of any kind.
    func issue(commonName: String, validity: ClosedRange<Int64>) throws(DeviceClientError) -> DeviceCertificate {
        let key = try CertificateMaker.makeKey()
        let certificate = try CertificateMaker.make(
            CertificateMaker.Content(commonName: commonName, validity: validity),
            for: key,
            by: CertificateMaker.Issuer(certificate: own.leaf, key: own.key)
        )
        return try DeviceCertificate(leaf: certificate, key: key, chain: chain, name: "the device '\(commonName)'")
    }

    private static var now: Int64 { Int64(time(nil)) }

    fileprivate static func life(_ duration: Duration) throws(DeviceClientError) -> ClosedRange<Int64> {
        let seconds = duration.components.seconds
        guard (1...longestLife).contains(seconds) else {
            throw DeviceClientError(
                .invalidArgument,
                "a certificate is good for 1 second to 100 years, not \(duration)"
            )
        }
        return (now - slack)...(now + seconds)
    }
}

extension DeviceCertificate {
    /// Makes a key (EC, P-256) and a certificate signed with it, for devices whose thumbprints the hub knows.
    /// - Parameters:
    ///   - commonName: the name in it, 1 to 64 characters; hubs do not look at it.
    ///   - validFor: how long it is good from now on, 1 second to 100 years.
    /// - Returns: the certificate.
    /// - Throws: `DeviceClientError` with `invalidArgument` for a name or a life that is out of range.
    public static func selfSigned(
        commonName: String,
        validFor: Duration = .seconds(366 * 86_400)
    ) throws(DeviceClientError) -> DeviceCertificate {
        try selfSigned(commonName: commonName, validity: try DeviceCertificateAuthority.life(validFor))
    }

    /// Makes a certificate for a life of any kind.
    static func selfSigned(
        commonName: String,
        validity: ClosedRange<Int64>
    ) throws(DeviceClientError) -> DeviceCertificate {
        let key = try CertificateMaker.makeKey()
        let content = CertificateMaker.Content(commonName: commonName, validity: validity)
        let certificate = try CertificateMaker.make(content, for: key)
        return try DeviceCertificate(
            leaf: certificate,
            key: key,
            chain: CertificateChain([]),
            name: "the device '\(commonName)'"
        )
    }
}
