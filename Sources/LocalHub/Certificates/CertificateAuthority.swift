import Crypto
import Foundation
import IoTHub
import SwiftASN1
import X509

/// The hub's own certificate authority: ECDSA on P-256, trusted by whoever is given `ca.pem`.
struct CertificateAuthority: Sendable {
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Ten years: clients must be given a new authority by hand.
    private static let lifetime: TimeInterval = 10 * 365 * 86_400
    private static let organization = "twinfleet"
    /// Certificates begin a while ago, for clients whose clock is behind.
    static let headStart: TimeInterval = 3_600

    /// Makes a new authority.
    static func make(at now: Date) throws -> CertificateAuthority {
        let key = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(key.publicKey)
        // Clients that hold authorities of several hubs find the right one by name and key identifier.
        let name = try DistinguishedName {
            OrganizationName(organization)
            CommonName("twinfleet local hub CA \(UInt32.random(in: 0...UInt32.max))")
        }
        // OpenSSL insists on these: basic constraints and key usage, both critical, and the key identifier.
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: publicKey)
        }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: now - headStart,
            notValidAfter: now + lifetime,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return CertificateAuthority(certificate: certificate, key: key)
    }

    /// Reads an authority back.
    /// - Throws: when a text is not PEM, or the key is not the certificate's.
    init(certificatePEM: String, keyPEM: String) throws {
        let certificate = try Certificate(pemEncoded: certificatePEM)
        let key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else { throw KeyMismatch() }
        self.init(certificate: certificate, key: key)
    }

    private init(certificate: Certificate, key: P256.Signing.PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// A key that belongs to another certificate.
    struct KeyMismatch: Error, CustomStringConvertible {
        var description: String { "the key is not that of the certificate" }
    }

    /// Whether a hub has made it, as its name says, and not the user.
    var isMadeByHub: Bool {
        let names = certificate.subject.flatMap { $0.map { "\($0)" } }
        return names.contains("O=\(Self.organization)")
    }

    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    var keyPEM: String { key.pemRepresentation + "\n" }

    /// Signs a server's certificate with these extensions.
    func sign(
        publicKey: Certificate.PublicKey,
        commonName: String,
        until end: Date,
        at now: Date,
        names: [GeneralName]
    ) throws -> Certificate {
        let authorityIdentifier = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: now - Self.headStart,
            notValidAfter: end,
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(commonName) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: authorityIdentifier)
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
    }
}
