import Crypto
import CryptoExtras
import Foundation
import IoTHub
import JWTKit
import SwiftASN1
import X509

/// A self-signed certificate of an application, with its key: RSA, since Microsoft Entra takes no other.
public struct ApplicationCertificate: Sendable {
    /// The certificate.
    public let certificatePEM: String
    /// Its key.
    public let keyPEM: String
    /// SHA-256 of the certificate, as a header names it.
    public let thumbprint: String
    private let verifier: any JWTAlgorithm

    /// Makes one.
    /// - Throws: when it cannot be made.
    public static func make() async throws -> ApplicationCertificate {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let name = try DistinguishedName { CommonName("an application") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: Date() - 3600,
            notValidAfter: Date() + 3600,
            issuer: name,
            subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: Certificate.Extensions(),
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        let collection = JWTKeyCollection()
        let backing = try Insecure.RSA.PublicKey(certificatePEM: certificate.serializeAsPEM().pemString)
        await collection.add(pss: backing, digestAlgorithm: .sha256, kid: "application")
        return try await ApplicationCertificate(
            certificate,
            keyPEM: key.pkcs8PEMRepresentation,
            verifier: collection.getKey(for: "application")
        )
    }

    private init(_ certificate: Certificate, keyPEM: String, verifier: any JWTAlgorithm) throws {
        let pem = try certificate.serializeAsPEM()
        certificatePEM = pem.pemString + "\n"
        thumbprint = Base64URL.encode(SHA256.hash(data: pem.derBytes))
        self.keyPEM = keyPEM + "\n"
        self.verifier = verifier
    }

    /// Whether an assertion names this certificate and was signed with PS256 by its key.
    public func signed(_ assertion: String) -> Bool {
        guard let parts = SignedToken.parts(assertion) else { return false }
        return parts.header["alg"] == "PS256" && parts.header["x5t#S256"] == .string(thumbprint)
            && (try? verifier.verify(parts.signature, signs: parts.signed)) == true
    }
}
