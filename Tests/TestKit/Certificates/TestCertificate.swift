import Crypto
public import Foundation
import SwiftASN1
import X509

/// A device's certificate with its key: ECDSA on P-256, made when a test runs.
public struct TestCertificate: Sendable {
    /// The certificate, and behind it those of the intermediate authorities, as a device sends them.
    public let certificatePEM: String
    /// The private key, not encrypted.
    public let keyPEM: String
    /// The certificate alone.
    public let der: [UInt8]
    /// 40 hexadecimal digits, upper case.
    public let sha1Thumbprint: String
    /// 64 hexadecimal digits, upper case.
    public let sha256Thumbprint: String

    /// Makes a certificate that its own key has signed.
    /// - Parameters:
    ///   - commonName: the subject's, and the issuer's.
    ///   - notBefore: when it begins.
    ///   - notAfter: when it ends.
    /// - Returns: what was made.
    /// - Throws: what the making throws.
    public static func selfSigned(
        commonName: String,
        notBefore: Date = Date() - 3_600,
        notAfter: Date = Date() + 86_400
    ) throws -> TestCertificate {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(commonName) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: notBefore,
            notValidAfter: notAfter,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { Critical(KeyUsage(digitalSignature: true)) },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return try TestCertificate(certificate, key, chain: [])
    }

    init(_ certificate: Certificate, _ key: P256.Signing.PrivateKey, chain: [Certificate]) throws {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        der = serializer.serializedBytes
        certificatePEM = try ([certificate] + chain).map { try $0.serializeAsPEM().pemString + "\n" }.joined()
        keyPEM = key.pemRepresentation + "\n"
        sha1Thumbprint = Self.hex(Insecure.SHA1.hash(data: der))
        sha256Thumbprint = Self.hex(SHA256.hash(data: der))
    }

    private static func hex(_ digest: some Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
