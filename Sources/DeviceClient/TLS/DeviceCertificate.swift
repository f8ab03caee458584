internal import COpenSSL
internal import IoTHub

/// A device's X.509 certificate with its private key, and the certificates between it and a root.
///
/// Devices show it in the TLS handshake in place of a token. It is read once and shared by reference.
///
/// Source: Azure IoT Hub documentation, "Authenticate identities with X.509 certificates".
public final class DeviceCertificate: Sendable {
    let leaf: CertificateHandle
    let key: KeyHandle
    let chain: CertificateChain
    private let validity: ClosedRange<Int64>

    /// Reads certificate and key from files in PEM, which may be one and the same.
    /// - Parameters:
    ///   - certificateFile: the device's certificate, then those between it and its root.
    ///   - keyFile: the private key, RSA or EC, in PKCS#8 or the older forms.
    ///   - passphrase: what the key is encrypted with, if it is.
    /// - Throws: `DeviceClientError` with `invalidArgument` that names the file and says what is wrong with it.
    public convenience init(
        certificateFile: String,
        keyFile: String,
        passphrase: String? = nil
    ) throws(DeviceClientError) {
        try self.init(
            try PEMSource(file: certificateFile, kind: "certificate file"),
            try PEMSource(file: keyFile, kind: "key file"),
            passphrase
        )
    }

    /// Reads certificate and key from texts in PEM.
    /// - Parameters:
    ///   - certificatePEM: the device's certificate, then those between it and its root.
    ///   - keyPEM: the private key, RSA or EC, in PKCS#8 or the older forms.
    ///   - passphrase: what the key is encrypted with, if it is.
    /// - Throws: `DeviceClientError` with `invalidArgument` that says what is wrong.
    public convenience init(
        certificatePEM: String,
        keyPEM: String,
        passphrase: String? = nil
    ) throws(DeviceClientError) {
        try self.init(
            PEMSource(text: certificatePEM, name: "the certificate's text"),
            PEMSource(text: keyPEM, name: "the key's text"),
            passphrase
        )
    }

    private convenience init(_ source: PEMSource, _ keySource: PEMSource, _ passphrase: String?)
        throws(DeviceClientError)
    {
        let certificates = try source.certificates()
        let key = try keySource.privateKey(passphrase: passphrase)
        let owner = certificates.firstIndex { X509_check_private_key($0.pointer, key.pointer) == 1 }
        ERR_clear_error()
        guard owner == 0 else {
            let hint =
                owner.map { "it belongs to certificate \($0 + 1); the device's own has to come first" }
                ?? "expected the key that the certificate was made for"
            throw DeviceClientError(
                .invalidArgument,
                "the key of \(keySource.name) does not belong to the certificate of \(source.name): \(hint)"
            )
        }
        try self.init(
            leaf: certificates[0],
            key: key,
            chain: CertificateChain(Array(certificates.dropFirst())),
            name: source.name
        )
    }

    /// Puts together what belongs together; `name` says in errors where it is from.
    init(
        leaf: CertificateHandle,
        key: KeyHandle,
        chain: CertificateChain,
        name: String
    ) throws(DeviceClientError) {
        guard let validity = leaf.validity else {
            throw DeviceClientError(.invalidArgument, "the certificate of \(name) has no readable dates")
        }
        self.leaf = leaf
        self.key = key
        self.chain = chain
        self.validity = validity
    }

    /// The first second at which it is good, since 1970-01-01T00:00:00Z.
    public var notValidBefore: Int64 { validity.lowerBound }

    /// The last second at which it is good, since 1970-01-01T00:00:00Z.
    public var notValidAfter: Int64 { validity.upperBound }

    /// The subject's common name, which a hub compares with the device id when an authority has signed the certificate; nil
    /// when there is none.
    public var commonName: String? { leaf.commonName }

    /// The SHA-256 of the certificate in 64 upper-case hexadecimal digits, as the hub's registry takes it.
    public var sha256Thumbprint: String { leaf.thumbprint(EVP_sha256()) }

    /// The SHA-1 of the certificate in 40 upper-case hexadecimal digits, as the hub's registry takes it.
    public var sha1Thumbprint: String { leaf.thumbprint(EVP_sha1()) }

    /// The SHA-256 thumbprint of the first certificate in a file in PEM, for which no key is needed.
    /// - Parameter file: the file.
    /// - Returns: 64 upper-case hexadecimal digits.
    /// - Throws: `DeviceClientError` with `invalidArgument` that names the file and says what is wrong with it.
    public static func sha256Thumbprint(ofCertificateFile file: String) throws(DeviceClientError) -> String {
        try PEMSource(file: file, kind: "certificate file").certificates()[0].thumbprint(EVP_sha256())
    }

    /// Has a connection show the certificate when the hub asks for one.
    /// - Returns: whether OpenSSL takes it.
    func show(in ssl: OpaquePointer) -> Bool {
        SSL_use_cert_and_key(ssl, leaf.pointer, key.pointer, chain.stack, 1) == 1
    }
}

extension DeviceCertificate {
    /// Where a moment lies in the certificate's life.
    enum Stage: Hashable {
        case notYetGood
        case good
        /// Seven days or less are left.
        case endsSoon
        case ended
    }

    private static let soon: Int64 = 7 * 86_400

    /// Where a moment lies in the certificate's life; in seconds since 1970-01-01T00:00:00Z.
    func stage(at now: Int64) -> Stage {
        if now < notValidBefore { return .notYetGood }
        if now > notValidAfter { return .ended }
        return notValidAfter - now <= Self.soon ? .endsSoon : .good
    }

    /// The dates in words.
    var datesText: String {
        let from = HubTimestamp(secondsSinceEpoch: notValidBefore, nanoseconds: 0)
        return "it is good from \(from) to \(HubTimestamp(secondsSinceEpoch: notValidAfter, nanoseconds: 0))"
    }

    /// Why the hub would not accept the certificate at a moment; nil when it is good.
    ///
    /// A hub answers a bad credential then, and so does this.
    func problem(at now: Int64) -> DeviceClientError? {
        let what: String
        switch stage(at: now) {
        case .good, .endsSoon: return nil
        case .notYetGood: what = "is not good yet"
        case .ended: what = "has expired"
        }
        let clock = HubTimestamp(secondsSinceEpoch: now, nanoseconds: 0)
        let name = commonName.map { " of '\($0)'" } ?? ""
        return DeviceClientError(.unauthorized, "the certificate\(name) \(what): \(datesText), and now is \(clock)")
    }
}
