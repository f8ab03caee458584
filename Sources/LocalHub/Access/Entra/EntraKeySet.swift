import IoTHub
import JWTKit

/// An issuer's public keys, ready to verify.
///
/// Source: RFC 7517 and RFC 7518.
struct EntraKeySet: Sendable {
    /// The algorithms of signatures that are believed: none of them lets the verifier sign.
    static let algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]

    /// A set with more is none of an issuer.
    private static let most = 100
    /// Which algorithms go with a kind of key, and for elliptic ones with a curve.
    private static let kinds = [
        "RSA": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], "EC P-256": ["ES256"], "EC P-384": ["ES384"],
        "EC P-521": ["ES512"],
    ]
    /// The members of a key that are public and taken over.
    private static let members = ["kty", "kid", "n", "e", "crv", "x", "y"]

    private struct Name: Hashable {
        var key: String
        var algorithm: String
    }

    /// Why a text is no set of keys.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    private var verifiers: [Name: any JWTAlgorithm] = [:]
    private var names: Set<String> = []

    /// Reads a JSON Web Key Set; keys that cannot verify are left out.
    /// - Throws: ``Unusable`` when the text is none, or no key is left.
    init(parsing bytes: [UInt8]) async throws {
        guard let keys = try? JSON(parsing: bytes)["keys"]?.arrayValue else {
            throw Unusable(description: #"expected a JSON Web Key Set, {"keys":[…]}"#)
        }
        for key in keys.prefix(Self.most) { await add(key) }
        if names.isEmpty {
            throw Unusable(
                description: "none of its \(keys.count) keys can verify; expected RSA from 2,048 bits or EC, with a kid"
            )
        }
    }

    /// Whether there is a key with this id.
    func has(_ key: String) -> Bool { names.contains(key) }

    /// Whether a key has made a signature; nil when there is no such key for such signatures.
    func verifies(_ token: BearerToken) -> Bool? {
        guard let key = token.keyID, let verifier = verifiers[Name(key: key, algorithm: token.algorithm)] else {
            return nil
        }
        // It throws for what cannot be a signature.
        return (try? verifier.verify(token.signature, signs: token.signed)) ?? false
    }

    private mutating func add(_ key: JSON) async {
        guard let id = key["kid"]?.stringValue, let type = key["kty"]?.stringValue, key["use"] != "enc" else { return }
        let kind = type == "EC" ? "\(type) \(key["crv"]?.stringValue ?? "")" : type
        for algorithm in Self.kinds[kind] ?? [] where key["alg"] == nil || key["alg"] == .string(algorithm) {
            var known: JSONObject = ["alg": .string(algorithm)]
            for member in Self.members { known[member] = key[member] }
            // A key that cannot be used is no reason to do without the others.
            guard let jwk = try? JWK(json: JSON.object(known).text) else { continue }
            // A collection settles for one algorithm, so each gets its own.
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: jwk)) != nil,
                let verifier = try? await collection.getKey(for: JWKIdentifier(string: id))
            else { continue }
            verifiers[Name(key: id, algorithm: algorithm)] = verifier
            names.insert(id)
        }
    }
}
