import Crypto
import CryptoExtras
import Foundation
public import IoTHub
import JWTKit

/// A key that signs tokens, and the public half as a key set has it.
public struct SigningKey: Sendable {
    /// The key's id, in the header of its tokens and in the key set.
    public let id: String
    /// The name of the algorithm, such as `RS256`.
    public let algorithm: String
    /// The public half.
    public let publicJWK: JSONObject
    /// The public half in PEM, for attackers who take it for a secret.
    public let publicPEM: String
    private let signer: any JWTAlgorithm

    /// Making an RSA key takes a while, so all tests share a few.
    private static let keys: [_RSA.Signing.PrivateKey?] = (0..<3).map { _ in try? .init(keySize: .bits2048) }

    /// One of three RSA keys, which are the same for all of a process.
    /// - Parameters:
    ///   - number: 0 to 2.
    ///   - id: the key's id; nil: made from the number.
    ///   - algorithm: `RS256` or `PS256`.
    /// - Returns: the key.
    /// - Throws: when it cannot be made.
    public static func rsa(_ number: Int = 0, id: String? = nil, algorithm: String = "RS256") async throws -> SigningKey
    {
        let id = id ?? "rsa-\(number)"
        guard let key = keys[number] else { throw CryptoError() }
        let parts = try key.publicKey.getKeyPrimitives()
        let collection = JWTKeyCollection()
        let backing = try Insecure.RSA.PrivateKey(backing: key)
        if algorithm == "PS256" {
            await collection.add(pss: backing, digestAlgorithm: .sha256, kid: JWKIdentifier(string: id))
        } else {
            await collection.add(rsa: backing, digestAlgorithm: .sha256, kid: JWKIdentifier(string: id))
        }
        return SigningKey(
            id: id,
            algorithm: algorithm,
            publicJWK: [
                "kty": "RSA", "use": "sig", "kid": .string(id), "n": .string(Base64URL.encode(parts.modulus)),
                "e": .string(Base64URL.encode(parts.publicExponent)),
            ],
            publicPEM: key.publicKey.pemRepresentation,
            signer: try await collection.getKey(for: JWKIdentifier(string: id))
        )
    }

    /// A new elliptic key on P-256.
    /// - Throws: when it cannot be made.
    public static func elliptic(id: String) async throws -> SigningKey {
        let key = P256.Signing.PrivateKey()
        let point = key.publicKey.rawRepresentation
        let collection = JWTKeyCollection()
        await collection.add(
            ecdsa: try ES256PrivateKey(pem: key.pemRepresentation),
            kid: JWKIdentifier(string: id)
        )
        return SigningKey(
            id: id,
            algorithm: "ES256",
            publicJWK: [
                "kty": "EC", "crv": "P-256", "kid": .string(id), "x": .string(Base64URL.encode(point.prefix(32))),
                "y": .string(Base64URL.encode(point.suffix(32))),
            ],
            publicPEM: key.publicKey.pemRepresentation,
            signer: try await collection.getKey(for: JWKIdentifier(string: id))
        )
    }

    /// Signs claims; `header` replaces members of the usual header.
    /// - Throws: when the key cannot sign.
    public func token(_ claims: JSONObject, header: JSONObject = [:]) throws -> String {
        var full: JSONObject = ["alg": .string(algorithm), "typ": "JWT", "kid": .string(id)]
        for (name, value) in header { full[name] = value }
        return try SignedToken.make(header: full, claims: claims) { try signer.sign($0) }
    }

    /// Whether a token was signed by this key.
    public func signed(_ token: String) -> Bool {
        guard let parts = SignedToken.parts(token) else { return false }
        return (try? signer.verify(parts.signature, signs: parts.signed)) == true
    }

    /// The text of a key set.
    public static func set(of keys: [SigningKey]) -> String {
        JSON.object(["keys": .array(keys.map { .object($0.publicJWK) })]).text
    }

    private struct CryptoError: Error {}
}
