import Crypto
import CryptoExtras
import Foundation
import IoTHub
import SwiftASN1
import X509

/// Signs the assertions by which an application proves that it has the key of its certificate: PS256 with the
/// certificate's SHA-256 thumbprint.
///
/// Source: Microsoft identity platform documentation, "Microsoft identity platform application authentication
/// certificate credentials"; RFC 7515 and RFC 7519.
struct AssertionSigner: Sendable {
    /// An assertion is for one request; the documentation asks for 5 to 10 minutes at most.
    private static let life: Int64 = 300

    private let key: _RSA.Signing.PrivateKey
    /// SHA-256 of the certificate's DER.
    private let thumbprint: Data

    /// - Throws: ``ServiceClientError`` that says what is wrong; it never quotes the key.
    init(certificatePEM: String, keyPEM: String, passphrase: String?) throws(ServiceClientError) {
        let certificate: Certificate
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            thumbprint = Data(SHA256.hash(data: serializer.serializedBytes))
        } catch {
            throw .credential(
                "the certificate cannot be read; expected PEM that begins with the application's: \(error)"
            )
        }
        guard let publicKey = _RSA.Signing.PublicKey(certificate.publicKey) else {
            throw .credential("the certificate's key is not RSA, and Microsoft Entra takes no other kind")
        }
        let isEncrypted = keyPEM.contains("ENCRYPTED")
        guard !isEncrypted || passphrase != nil else {
            throw .credential("the key is encrypted, and no passphrase was given")
        }
        do {
            key =
                if isEncrypted, let passphrase {
                    try _RSA.Signing.PrivateKey(encryptedPEMRepresentation: keyPEM) { set in set(passphrase.utf8) }
                } else {
                    try _RSA.Signing.PrivateKey(pemRepresentation: keyPEM)
                }
        } catch {
            throw .credential(
                isEncrypted
                    ? "the key is encrypted, and this passphrase does not open it"
                    : "the key cannot be read; expected an RSA key in PEM of at least 2,048 bits"
            )
        }
        guard key.publicKey.derRepresentation == publicKey.derRepresentation else {
            throw .credential("the key is not that of the certificate")
        }
    }

    /// Signs an assertion.
    ///
    /// - Parameters:
    ///   - clientID: The application.
    ///   - audience: The token endpoint that it is for.
    ///   - now: Seconds since 1970.
    /// - Returns: The signed token.
    /// - Throws: When the key cannot sign.
    func assertion(clientID: String, audience: String, at now: Int64) throws -> String {
        let header: JSONObject = [
            "alg": "PS256", "typ": "JWT", "x5t#S256": .string(Base64URL.encode(thumbprint)),
        ]
        let claims: JSONObject = [
            "aud": .string(audience), "iss": .string(clientID), "sub": .string(clientID),
            "jti": .string(UUID().uuidString.lowercased()),
            "nbf": .integer(now), "iat": .integer(now), "exp": .integer(now + Self.life),
        ]
        let signed = "\(Base64URL.encode(header.serialized())).\(Base64URL.encode(claims.serialized()))"
        let signature = try key.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: .PSS)
        return "\(signed).\(Base64URL.encode(signature.rawRepresentation))"
    }
}
