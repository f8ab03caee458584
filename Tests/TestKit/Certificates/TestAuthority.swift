import Crypto
public import Foundation
import SwiftASN1
import X509

/// A certificate authority that signs for devices: ECDSA on P-256, made when a test runs.
public struct TestAuthority: Sendable {
    /// Its own certificate, for the hub.
    public let certificatePEM: String
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey
    /// The certificates from this authority's up to the root's, without the root's.
    private let chain: [Certificate]

    /// Makes a root.
    /// - Parameters:
    ///   - commonName: the subject's, and the issuer's; nil for one that no other authority has.
    ///   - notBefore: when it begins.
    ///   - notAfter: when it ends.
    ///   - maxPathLength: how many intermediate authorities may follow; nil for any number.
    /// - Returns: what was made.
    /// - Throws: what the making throws.
    public static func make(
        commonName: String? = nil,
        notBefore: Date = Date() - 7_200,
        notAfter: Date = Date() + 10 * 86_400,
        maxPathLength: Int? = nil
    ) throws -> TestAuthority {
        let key = P256.Signing.PrivateKey()
        let name = try Self.name(commonName)
        let certificate = try Self.certificate(
            of: key,
            name,
            issuer: (name, key),
            from: notBefore,
            to: notAfter,
            maxPathLength: maxPathLength
        )
        return try TestAuthority(certificate, key, chain: [])
    }

    /// Makes an authority below this one; what it issues brings its certificate along.
    /// - Parameters:
    ///   - commonName: the subject's; nil for one that no other authority has.
    ///   - notBefore: when it begins.
    ///   - notAfter: when it ends.
    ///   - maxPathLength: how many intermediate authorities may follow; nil for any number.
    /// - Returns: what was made.
    /// - Throws: what the making throws.
    public func intermediate(
        commonName: String? = nil,
        notBefore: Date = Date() - 7_200,
        notAfter: Date = Date() + 5 * 86_400,
        maxPathLength: Int? = nil
    ) throws -> TestAuthority {
        let newKey = P256.Signing.PrivateKey()
        let made = try Self.certificate(
            of: newKey,
            try Self.name(commonName),
            issuer: (certificate.subject, key),
            from: notBefore,
            to: notAfter,
            maxPathLength: maxPathLength
        )
        return try TestAuthority(made, newKey, chain: [made] + chain)
    }

    /// Makes a root with the same name and key, and other times.
    /// - Parameters:
    ///   - notBefore: when it begins.
    ///   - notAfter: when it ends.
    /// - Returns: what was made.
    /// - Throws: what the making throws.
    public func renewed(notBefore: Date, notAfter: Date) throws -> TestAuthority {
        let made = try Self.certificate(
            of: key,
            certificate.subject,
            issuer: (certificate.subject, key),
            from: notBefore,
            to: notAfter,
            maxPathLength: nil
        )
        return try TestAuthority(made, key, chain: [])
    }

    /// Issues a device's certificate.
    /// - Parameters:
    ///   - commonName: the device id.
    ///   - notBefore: when it begins.
    ///   - notAfter: when it ends.
    /// - Returns: what was made.
    /// - Throws: what the making throws.
    public func issue(
        commonName: String,
        notBefore: Date = Date() - 3_600,
        notAfter: Date = Date() + 86_400
    ) throws -> TestCertificate {
        let newKey = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(newKey.publicKey)
        let authorityIdentifier = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
        let made = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: notBefore,
            notValidAfter: notAfter,
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(commonName) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.clientAuth])
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: authorityIdentifier)
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return try TestCertificate(made, newKey, chain: chain)
    }

    private init(_ certificate: Certificate, _ key: P256.Signing.PrivateKey, chain: [Certificate]) throws {
        self.certificate = certificate
        self.key = key
        self.chain = chain
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    private static func name(_ commonName: String?) throws -> DistinguishedName {
        try DistinguishedName { CommonName(commonName ?? "Test CA \(UInt32.random(in: 0...UInt32.max))") }
    }

    private static func certificate(
        of key: P256.Signing.PrivateKey,
        _ subject: DistinguishedName,
        issuer: (name: DistinguishedName, key: P256.Signing.PrivateKey),
        from notBefore: Date,
        to notAfter: Date,
        maxPathLength: Int?
    ) throws -> Certificate {
        let publicKey = Certificate.PublicKey(key.publicKey)
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: notBefore,
            notValidAfter: notAfter,
            issuer: issuer.name,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: maxPathLength))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(issuer.key)
        )
    }
}
