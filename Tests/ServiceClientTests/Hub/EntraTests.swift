import Foundation
import IoTHub
import LocalHub
import TestKit
import Testing

@testable import ServiceClient

/// Every kind of credential, from an issuer to a local hub, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct EntraTests {
    private static let secret = "s3cr~t.of-app"

    /// Runs a body with an issuer, a hub that takes its tokens, and a way to make managers.
    private func with(
        _ application: TokenIssuer.Application = .init(id: "app", secret: secret),
        role: String = "IoT Hub Data Contributor",
        _ body: (TokenIssuer, LocalHub, (any TokenCredential) throws -> RegistryManager) async throws -> Void
    ) async throws {
        try await TokenIssuer.with([application]) { issuer in
            let roles = [EntraRoleAssignment(principal: "app", role: try EntraRole(parsing: role))]
            try await TestHub.with { configuration in
                configuration.entra = EntraConfiguration(
                    issuer: issuer.issuer,
                    keys: .url(issuer.keysURL),
                    assignments: roles
                )
            } _: { test in
                var options = ServiceClientOptions()
                options.trustedCAFile = test.hub.certificateAuthorityFile
                options.retryPolicy = .none
                let host = "localhost:\(test.hub.httpsPort)"
                try await body(issuer, test.hub) {
                    try RegistryManager.create(hostName: host, credential: $0, options: options)
                }
            }
        }
    }

    /// Writes and reads identities and twins.
    private func work(_ manager: RegistryManager) async throws {
        try await manager.addDevice(Device(id: "d"))
        let written = try await manager.updateTwin("d", patch: ["properties": ["desired": ["a": 1]]])
        #expect(try await manager.getTwin("d") == written)
        #expect(try await manager.getRegistryStatistics().totalDeviceCount == 1)
        let rows = try await manager.createQuery("SELECT deviceId FROM devices").nextAsJSON()
        #expect(rows.count == 1)
        try await manager.close()
    }

    private func environment(_ issuer: TokenIssuer, _ more: [String: String]) throws -> EnvironmentCredential {
        let own = [
            "AZURE_TENANT_ID": TokenIssuer.tenant, "AZURE_CLIENT_ID": "app",
            "AZURE_AUTHORITY_HOST": issuer.authorityHost,
        ]
        return try EnvironmentCredential(environment: own.merging(more) { $1 })
    }

    @Test("a client secret, by the environment")
    func clientSecret() async throws {
        try await with { issuer, _, manager in
            try await work(manager(try environment(issuer, ["AZURE_CLIENT_SECRET": Self.secret])))
            #expect(issuer.tokenRequests.count == 1)
            #expect(issuer.keyRequests == 1)
        }
    }

    @Test("a client certificate")
    func clientCertificate() async throws {
        let certificate = try await ApplicationCertificate.make()
        let folder = try TemporaryDirectory()
        let file = try folder.write(certificate.keyPEM + certificate.certificatePEM, to: "client.pem")
        try await with(.init(id: "app", certificate: certificate)) { issuer, _, manager in
            try await work(manager(try environment(issuer, ["AZURE_CLIENT_CERTIFICATE_PATH": file])))
        }
    }

    @Test("a federated token")
    func workloadIdentity() async throws {
        let provider = try await SigningKey.rsa(1)
        let folder = try TemporaryDirectory()
        let token = try provider.token([
            "aud": .string(TokenIssuer.federatedAudience), "sub": "app",
            "exp": .integer(HubTimestamp.now().secondsSinceEpoch + 600),
        ])
        let file = try folder.write(token, to: "token")
        try await with(.init(id: "app", federatedKey: provider)) { issuer, _, manager in
            try await work(manager(try environment(issuer, ["AZURE_FEDERATED_TOKEN_FILE": file])))
        }
    }

    @Test("Azure CLI's account, played by a script")
    func azureCLI() async throws {
        let folder = try TemporaryDirectory()
        try await with { issuer, _, manager in
            let claims = issuer.claims(for: "app")
            let expiry = claims["exp"]?.integerValue ?? 0
            let answer = #"{"accessToken":"\#(try issuer.token(claims))","expires_on":\#(expiry)}"#
            let az = try folder.write("#!/bin/sh\necho '\(answer)'\n", to: "az")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: az)
            let credential = try EnvironmentCredential(environment: ["PATH": "\(folder.url.path):/usr/bin:/bin"])
            #expect(credential.kind == .azureCLI)
            try await work(manager(credential))
        }
    }

    @Test("a closure, also for jobs")
    func closure() async throws {
        try await with { issuer, hub, manager in
            let credential = CustomTokenCredential { _ in
                AccessToken(
                    token: try issuer.token(issuer.claims(for: "app")),
                    expiresOn: HubTimestamp.now().secondsSinceEpoch + 3599
                )
            }
            try await work(manager(credential))
            var options = ServiceClientOptions()
            options.trustedCAFile = hub.certificateAuthorityFile
            let jobs = try JobClient.create(
                hostName: "localhost:\(hub.httpsPort)",
                credential: credential,
                options: options
            )
            var twin = Twin()
            twin.tags["a"] = 1
            try await jobs.scheduleTwinUpdate(jobID: "j", queryCondition: "*", twin: twin)
            #expect(try await jobs.getJob("j").jobID == "j")
            try await jobs.close()
        }
    }

    @Test("a role that allows less is refused what it lacks, in the hub's words")
    func missingPermission() async throws {
        try await with(role: "IoT Hub Data Reader") { issuer, hub, manager in
            try hub.registry.createDevice(Device(id: "d"))
            let manager = try manager(try environment(issuer, ["AZURE_CLIENT_SECRET": Self.secret]))
            _ = try await manager.getTwin("d")
            let error = await #expect(throws: ServiceClientError.self) {
                try await manager.updateTwin("d", patch: ["tags": ["a": 1]])
            }
            #expect(error?.status == 401)
            #expect(error?.code == .iotHubUnauthorizedAccess)
            #expect(error?.message.contains("principal 'object-of-app' has no role here with twins/write") == true)
            #expect(error?.description.contains("eyJ") == false)
            try await manager.close()
        }
    }

    @Test("tokens that are not good are refused by the hub with their reason")
    func refusedTokens() async throws {
        let stranger = try await SigningKey.rsa(2, id: "rsa-0")
        try await with { issuer, _, manager in
            func expectRefusal(_ token: String, _ words: String) async throws {
                let manager = try manager(
                    CustomTokenCredential { _ in
                        AccessToken(token: token, expiresOn: HubTimestamp.now().secondsSinceEpoch + 60)
                    }
                )
                let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
                #expect(error?.status == 401)
                #expect(error?.code == .iotHubUnauthorized)
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                #expect(error?.description.contains(token) == false)
                try await manager.close()
            }
            let now = HubTimestamp.now().secondsSinceEpoch
            var claims = issuer.claims(for: "app")
            claims["aud"] = "https://management.azure.com"
            try await expectRefusal(try issuer.token(claims), "for 'https://management.azure.com'")
            claims = issuer.claims(for: "app", life: -3600)
            try await expectRefusal(try issuer.token(claims), "expired at")
            claims = issuer.claims(for: "app")
            claims["nbf"] = .integer(now + 3600)
            try await expectRefusal(try issuer.token(claims), "not valid before")
            claims = issuer.claims(for: "app")
            claims["iss"] = "https://elsewhere.example"
            try await expectRefusal(try issuer.token(claims), "issuer is 'https://elsewhere.example'")
            claims = issuer.claims(for: "app")
            try await expectRefusal(try stranger.token(claims), "signature is not that of its key")
            let none = SignedToken.make(header: ["alg": "none", "kid": "rsa-0"], claims: claims) { _ in [] }
            try await expectRefusal(none, "algorithm is 'none'")
        }
    }

    @Test("a new key of the issuer is found while the hub runs, with requests that wait for it")
    func keyRotation() async throws {
        let next = try await SigningKey.rsa(1)
        try await with { issuer, hub, manager in
            try hub.registry.createDevice(Device(id: "d"))
            issuer.keys = [next]
            // The hub has not asked yet; a hundred requests make it ask once.
            let manager = try manager(try environment(issuer, ["AZURE_CLIENT_SECRET": Self.secret]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try await manager.updateTwin("d", patch: ["tags": ["n": .integer(Int64(number))]])
                    }
                }
                try await group.waitForAll()
            }
            #expect(issuer.keyRequests == 1)
            #expect(issuer.tokenRequests.count == 1)
            try await manager.close()
        }
    }

    @Test("a hub starts without its issuer, says why it cannot check a token, and serves shared access signatures")
    func issuerAway() async throws {
        try await with { issuer, hub, manager in
            try hub.registry.createDevice(Device(id: "d"))
            issuer.setClosedForKeys(true)
            let entra = try manager(try environment(issuer, ["AZURE_CLIENT_SECRET": Self.secret]))
            let error = await #expect(throws: ServiceClientError.self) { try await entra.getTwin("d") }
            #expect(error?.status == 401)
            #expect(error?.message.contains("keys cannot be had: '\(issuer.keysURL)' answers 503") == true)
            try await entra.close()
            var options = ServiceClientOptions()
            options.trustedCAFile = hub.certificateAuthorityFile
            let policy = try RegistryManager.create(connectionString: hub.connectionString(), options: options)
            _ = try await policy.getTwin("d")
            try await policy.close()
        }
    }
}
