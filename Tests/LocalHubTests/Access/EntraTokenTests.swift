import Crypto
import Foundation
import IoTHub
import TestKit
import Testing

@testable import LocalHub

/// Which access tokens are believed.
@Suite("Access tokens: which are believed")
struct EntraTokenTests {
    /// Holds that a token is refused with a reason, and that the answer does not repeat it.
    private func expectRefusal(
        _ bench: EntraBench,
        _ token: String,
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try bench.read(token)
        #expect(reply.status == 401, sourceLocation: sourceLocation)
        #expect(reply.code == .iotHubUnauthorized, sourceLocation: sourceLocation)
        #expect(reply.message.contains(words), "\(reply.message)", sourceLocation: sourceLocation)
        for part in token.split(separator: ".") where part.count > 8 {
            #expect(!reply.json.text.contains(part), sourceLocation: sourceLocation)
        }
    }

    @Test("a token of the issuer for hubs is believed")
    func good() async throws {
        let bench = try await EntraBench()
        let token = try bench.key.token(bench.claims())
        #expect(try bench.read(token).status == 200)
        for scheme in ["bearer ", "BEARER  "] {
            #expect(try bench.bench.send("GET", "/twins/d", token: scheme + token).status == 200)
        }
    }

    @Test("so is one that is signed by another algorithm, or by another key of the issuer")
    func algorithms() async throws {
        let elliptic = try await SigningKey.elliptic(id: "elliptic")
        let second = try await SigningKey.rsa(1)
        let bench = try await EntraBench(keys: [elliptic, second])
        let pss = try await SigningKey.rsa(algorithm: "PS256")
        for key in [elliptic, second, pss] {
            #expect(try bench.read(key.token(bench.claims())).status == 200, "\(key.algorithm)")
        }
    }

    @Test(
        "the audience may have a slash, or be one of several",
        arguments: ["https://iothubs.azure.net/", ["https://x", "https://iothubs.azure.net"]] as [JSON]
    )
    func audiences(audience: JSON) async throws {
        let bench = try await EntraBench()
        #expect(try bench.read(bench.key.token(bench.claims(["aud": audience]))).status == 200)
    }

    @Test(
        "a claim that is wrong is named",
        arguments: [
            (["aud": "https://management.azure.com"], "for 'https://management.azure.com', expected https://iothubs"),
            (["aud": "https://iothubs.azure.net//"], "is for"), (["aud": .null], "nobody (aud)"),
            (["aud": []], "nobody"),
            (["iss": "https://login.example/other/v2.0"], "issuer is 'https://login.example/other/v2.0', expected"),
            (["iss": "https://login.example/tenant/v2.0/"], "issuer is"), (["iss": .null], "not named (iss)"),
            (["exp": .integer(EntraBench.now - 300)], "expired at 2023-11-14T22:08:20Z"), (["exp": .null], "no expiry"),
            (["exp": "1800000000"], "no expiry"), (["exp": .double(.infinity)], "no expiry"),
            (["exp": .integer(.min)], "expired at"),
            (["nbf": .integer(EntraBench.now + 301)], "not valid before 2023-11-14T22:18:21Z"),
            (["nbf": .integer(.max)], "not valid before"), (["nbf": "soon"], "nbf is no time"),
        ] as [(JSONObject, String)]
    )
    func wrongClaims(others: JSONObject, words: String) async throws {
        let bench = try await EntraBench()
        try expectRefusal(bench, try bench.key.token(bench.claims(others)), words)
    }

    @Test("clocks may differ by five minutes, and times have fractions")
    func leeway() async throws {
        let bench = try await EntraBench()
        let edges: [JSONObject] = [
            ["exp": .integer(EntraBench.now - 299)], ["nbf": .integer(EntraBench.now + 300)],
            ["exp": .double(Double(EntraBench.now) + 0.5)], ["nbf": .null],
        ]
        for edge in edges { #expect(try bench.read(bench.key.token(bench.claims(edge))).status == 200) }
    }

    @Test("the hub's clock decides")
    func clock() async throws {
        let bench = try await EntraBench()
        let token = try bench.key.token(bench.claims())
        bench.bench.advance(seconds: 3600 + 299)
        #expect(try bench.read(token).status == 200)
        bench.bench.advance(seconds: 1)
        try expectRefusal(bench, token, "expired at")
    }

    @Test("a token without signature, or with the public key as its secret, is refused for its algorithm")
    func algorithmConfusion() async throws {
        let bench = try await EntraBench()
        func forged(_ algorithm: String, _ sign: ([UInt8]) -> [UInt8]) -> String {
            let header: JSONObject = ["alg": .string(algorithm), "typ": "JWT", "kid": .string(bench.key.id)]
            return SignedToken.make(header: header, claims: bench.claims(), sign: sign)
        }
        for none in ["none", "None", "NONE", ""] {
            try expectRefusal(bench, forged(none) { _ in [] }, "algorithm is '\(none)', expected one of RS256")
        }
        let secret = SymmetricKey(data: Data(bench.key.publicPEM.utf8))
        let confused = forged("HS256") { Array(HMAC<SHA256>.authenticationCode(for: $0, using: secret)) }
        try expectRefusal(bench, confused, "algorithm is 'HS256'")
        try expectRefusal(bench, forged("RS256") { _ in [] }, "signature is not that of its key")
        // Right key, but not one for such signatures.
        try expectRefusal(bench, forged("ES256") { _ in [1] }, "no key 'rsa-0' for ES256")
    }

    @Test("a wrong key is refused, whatever id it takes")
    func wrongKey() async throws {
        let bench = try await EntraBench()
        let stranger = try await SigningKey.rsa(2)
        try expectRefusal(bench, try stranger.token(bench.claims()), "no key 'rsa-2' for RS256")
        let named = try stranger.token(bench.claims(), header: ["kid": "rsa-0"])
        try expectRefusal(bench, named, "signature is not that of its key")
        let nameless = try bench.key.token(bench.claims(), header: ["kid": .null])
        try expectRefusal(bench, nameless, "no key no id (kid)")
    }

    @Test("claims that were changed behind the signature are refused")
    func tampered() async throws {
        let bench = try await EntraBench()
        let parts = try bench.key.token(bench.claims(["appid": "nobody"])).split(separator: ".")
        let other = try bench.key.token(bench.claims()).split(separator: ".")
        try expectRefusal(bench, "\(parts[0]).\(other[1]).\(parts[2])", "signature is not")
    }

    @Test(
        "what is no token at all is refused as that",
        arguments: [
            "", "x", "a.b", "a.b.c", "a.b.c.d", "..", "e30.e30.", "e30.e30.e30", "W10.W10.", "eyJhbGciOjF9.e30.",
            "eyJhbGciOiJSUzI1NiJ9.W10.", "eyJhbGciOiJSUzI1NiJ9.e30.+/==",
        ]
    )
    func garbage(text: String) async throws {
        let bench = try await EntraBench()
        try expectRefusal(bench, text, "no signed token (JWT)")
    }

    @Test("a token beyond all size, or with extensions that must be understood, is refused")
    func limits() async throws {
        let bench = try await EntraBench()
        let large = try bench.key.token(bench.claims(["groups": .string(String(repeating: "g", count: 20_000))]))
        try expectRefusal(bench, large, "no signed token (JWT)")
        let critical = try bench.key.token(bench.claims(), header: ["crit": ["exp"]])
        try expectRefusal(bench, critical, "unknown extensions (crit)")
    }

    @Test("a hub without an issuer says how to name one")
    func notConfigured() throws {
        let reply = try ServiceBench().send("GET", "/twins/d", token: "Bearer x.y.z")
        #expect(reply.status == 401)
        #expect(reply.code == .iotHubUnauthorized)
        #expect(reply.message.contains("--entra-issuer, --entra-jwks and --entra-role, or set Configuration.entra"))
    }

    @Test("shared access signatures go on beside access tokens")
    func signatures() async throws {
        let bench = try await EntraBench()
        #expect(try bench.bench.send("GET", "/twins/d").status == 200)
    }
}
