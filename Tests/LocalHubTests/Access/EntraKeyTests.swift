import Foundation
import IoTHub
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import LocalHub

/// The keys of an issuer: which are taken, and when they are asked for.
@Suite("Access tokens: the issuer's keys", .timeLimit(.minutes(1)))
struct EntraKeyTests {
    private let logger = LocalHub.Configuration().logger

    private func refusal(_ keys: EntraConfiguration.KeySource, issuer: String = "i") async -> LocalHubError? {
        await #expect(throws: LocalHubError.self) {
            try await EntraAuthorizer(
                EntraConfiguration(issuer: issuer, keys: keys, assignments: []),
                logger: logger
            )
        }
    }

    @Test("a file that holds no keys is refused by its name")
    func files() async throws {
        let folder = try TemporaryDirectory()
        let small = #"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"},{"kty":"oct","kid":"b","k":"AAAA"}]}"#
        let cases = [
            (try folder.write("{", to: "a"), "expected a JSON Web Key Set"),
            (try folder.write(#"{"keys":[]}"#, to: "b"), "none of its 0 keys can verify"),
            (try folder.write(small, to: "c"), "none of its 2 keys can verify"),
            ("/nowhere/keys.json", "No such file or directory"),
        ]
        for (file, words) in cases {
            let error = await refusal(.file(file))
            #expect(error?.reason == .badEntra)
            #expect(error?.description.contains(file) == true)
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        #expect(await refusal(.file("x"), issuer: "")?.description.contains("issuer of access tokens is empty") == true)
        #expect(await refusal(.url("http://login.example/keys"))?.description.contains("not protected by TLS") == true)
    }

    @Test("keys for other purposes and broken ones are left out, and the others serve")
    func mixedSets() async throws {
        let good = try await SigningKey.rsa()
        var encrypting = good.publicJWK
        (encrypting["kid"], encrypting["use"]) = ("encrypting", "enc")
        var tied = good.publicJWK
        (tied["kid"], tied["alg"]) = ("tied", "PS256")
        var nameless = good.publicJWK
        nameless["kid"] = nil
        let keys: [JSON] = [
            .object(encrypting), .object(tied), .object(nameless), "no key", .null,
            ["kty": "EC", "kid": "e", "crv": "P-256"],
            ["kty": "EC", "kid": "f", "crv": "P-256", "x": "AAAA", "y": "AAAA"], .object(good.publicJWK),
        ]
        let set = try await EntraKeySet(parsing: Array(JSON.object(["keys": .array(keys)]).text.utf8))
        #expect(set.has("rsa-0"))
        #expect(set.has("tied"))
        for id in ["encrypting", "e", "f", ""] { #expect(!set.has(id)) }
        func verifies(_ id: String) throws -> Bool? {
            set.verifies(try BearerToken(parsing: Substring(try good.token([:], header: ["kid": .string(id)]))))
        }
        #expect(try verifies("rsa-0") == true)
        #expect(try verifies("tied") == nil, "this key is for PS256 only")
        #expect(try verifies("encrypting") == nil)
    }

    @Test("keys are asked for with the first token, for an unknown key at most every 30 seconds, and daily")
    func asking() async throws {
        let asked = NIOLockedValueBox(0)
        let key = try await SigningKey.rsa()
        let fails = NIOLockedValueBox(false)
        let store = EntraKeyStore(logger: logger) {
            asked.withLockedValue { $0 += 1 }
            if fails.withLockedValue({ $0 }) { throw EntraConfiguration.KeyFailure(description: "the issuer is away") }
            return Array(SigningKey.set(of: [key]).utf8)
        }
        #expect(store.isWorthAsking(for: "rsa-0", at: 1000))
        await store.refresh(for: "rsa-0", at: 1000)
        #expect(!store.isWorthAsking(for: "rsa-0", at: 1000))
        #expect(!store.isWorthAsking(for: "other", at: 1029))
        #expect(store.isWorthAsking(for: "other", at: 1030))
        #expect(!store.isWorthAsking(for: "other", at: 999), "a request may have read the clock a little earlier")
        #expect(store.isWorthAsking(for: "other", at: 970), "a clock set back does not lock keys out")
        #expect(!store.isWorthAsking(for: "rsa-0", at: 1000 + 86_400))
        #expect(store.isWorthAsking(for: "rsa-0", at: 1001 + 86_400))
        fails.withLockedValue { $0 = true }
        await store.refresh(for: "other", at: 2000)
        #expect(store.failure == "the issuer is away")
        #expect(store.keys?.has("rsa-0") == true, "the keys that are there stay")
        #expect(!store.isWorthAsking(for: "other", at: 2001))
        fails.withLockedValue { $0 = false }
        await store.refresh(for: "other", at: 3000)
        #expect(store.failure == nil)
        #expect(asked.withLockedValue { $0 } == 3)
    }

    @Test("however many requests wait for keys, the issuer is asked once")
    func singleFlight() async throws {
        let asked = NIOLockedValueBox(0)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let key = try await SigningKey.rsa()
        let store = EntraKeyStore(logger: logger) {
            asked.withLockedValue { $0 += 1 }
            for await _ in gate {}
            return Array(SigningKey.set(of: [key]).utf8)
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    if store.isWorthAsking(for: "rsa-0", at: 1) { await store.refresh(for: "rsa-0", at: 1) }
                }
            }
            open.finish()
        }
        #expect(asked.withLockedValue { $0 } == 1)
        #expect(store.keys?.has("rsa-0") == true)
    }

    @Test("a request that comes when another's question is answered does not ask again")
    func lateComers() async throws {
        let asked = NIOLockedValueBox(0)
        let key = try await SigningKey.rsa()
        let store = EntraKeyStore(logger: logger) {
            asked.withLockedValue { $0 += 1 }
            return Array(SigningKey.set(of: [key]).utf8)
        }
        // All of them find it worth asking before the first one asks.
        let names = ["rsa-0", "other", "rsa-0"]
        for name in names { #expect(store.isWorthAsking(for: name, at: 1)) }
        for name in names { await store.refresh(for: name, at: 1) }
        #expect(asked.withLockedValue { $0 } == 1)
    }

    @Test("a question that is under way when the hub stops is broken off, and who waits goes on before it has stopped")
    func stopping() async throws {
        let server = try await ScriptedHTTPServer.start(answers: [.silence])
        let authorizer = try await EntraAuthorizer(
            EntraConfiguration(issuer: "i", keys: .url("http://127.0.0.1:\(server.port)/keys"), assignments: []),
            logger: logger
        )
        let wentOn = NIOLockedValueBox(false)
        authorizer.refreshKeys(for: "k", at: .now()) { wentOn.withLockedValue { $0 = true } }
        _ = await server.nextRequest()
        await authorizer.stop()
        #expect(wentOn.withLockedValue { $0 })
        try await server.stop()
    }

    @Test("an issuer that has no keys to give is named with its answer")
    func issuerFailures() async throws {
        try await TokenIssuer.with { issuer in
            let source = EntraConfiguration(issuer: "i", keys: .url(issuer.keysURL), assignments: [])
            let keys = try await EntraKeySet(parsing: try await source.loadKeys())
            #expect(keys.has("rsa-0"))
            issuer.setClosedForKeys(true)
            let error = await #expect(throws: EntraConfiguration.KeyFailure.self) { try await source.loadKeys() }
            #expect(error?.description == "'\(issuer.keysURL)' answers 503")
        }
        let server = try await ScriptedHTTPServer.start(answers: [])
        let address = "http://127.0.0.1:\(server.port)/keys"
        try await server.stop()
        let gone = EntraConfiguration(issuer: "i", keys: .url(address), assignments: [])
        let error = await #expect(throws: EntraConfiguration.KeyFailure.self) { try await gone.loadKeys() }
        #expect(error?.description.hasPrefix("cannot get '\(address)': ") == true)
    }
}
