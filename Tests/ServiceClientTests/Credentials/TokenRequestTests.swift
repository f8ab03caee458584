import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// Tokens from an issuer over HTTP, and what people are told when there is none.
@Suite(.timeLimit(.minutes(1))) struct TokenRequestTests {
    private static let secret = "ab8Q~c.d_e-f/+=1"

    /// Options with short waits.
    private static var options: ServiceClientOptions {
        var options = ServiceClientOptions.tokenRequests
        options.retryPolicy.minimumBackoff = .milliseconds(1)
        return options
    }

    private func secretCredential(
        _ issuer: TokenIssuer,
        client: String = "app",
        secret: String = secret
    ) throws -> ClientSecretCredential {
        try ClientSecretCredential(
            tenantID: TokenIssuer.tenant,
            clientID: client,
            clientSecret: secret,
            authorityHost: issuer.authorityHost,
            options: Self.options
        )
    }

    private func certificateCredential(
        _ issuer: TokenIssuer,
        _ certificate: ApplicationCertificate
    ) throws -> ClientCertificateCredential {
        try ClientCertificateCredential(
            tenantID: TokenIssuer.tenant,
            clientID: "app",
            certificatePEM: certificate.certificatePEM,
            keyPEM: certificate.keyPEM,
            authorityHost: issuer.authorityHost,
            options: Self.options
        )
    }

    private func failure(_ credential: any TokenCredential) async -> ServiceClientError? {
        await #expect(throws: ServiceClientError.self) { try await credential.getToken(scope: TokenIssuer.scope) }
    }

    @Test("a client secret gets a token, with its expiry")
    func clientSecret() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret)]) { issuer in
            let before = HubTimestamp.now().secondsSinceEpoch
            let token = try await secretCredential(issuer).getToken(scope: TokenIssuer.scope)
            let after = HubTimestamp.now().secondsSinceEpoch
            #expect((before + 3599...after + 3599).contains(token.expiresOn))
            #expect(SignedToken.parts(token.token)?.claims["appid"] == "app")
            let form = try #require(issuer.tokenRequests.first)
            #expect(
                form == [
                    "grant_type": "client_credentials", "client_id": "app", "scope": TokenIssuer.scope,
                    "client_secret": Self.secret,
                ]
            )
        }
    }

    @Test("a wrong secret is refused in Entra's words, without the secret")
    func wrongSecret() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret)]) { issuer in
            let error = await failure(try secretCredential(issuer, secret: "wr0ng~s.ecret"))
            #expect(error?.reason == .noToken)
            #expect(error?.status == 0)
            #expect(error?.trackingID == "0123")
            #expect(
                error?.message
                    == "Microsoft Entra answers 401 invalid_client: AADSTS7000215: Invalid client secret provided: [redacted]."
            )
            #expect(error?.description.contains("wr0ng") == false)
            // Refusals for good are not asked for again.
            #expect(issuer.tokenRequests.count == 1)
            let unknown = await failure(try secretCredential(issuer, client: "nobody"))
            #expect(unknown?.message.contains("400 unauthorized_client: AADSTS700016") == true)
        }
    }

    @Test("an endpoint that is busy or breaks off is asked again, one that stays so is reported")
    func transientFailures() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret)]) { issuer in
            issuer.fail(with: .response(status: 503), .response(status: 429, headers: ["Retry-After": "0"]), .close)
            _ = try await secretCredential(issuer).getToken(scope: TokenIssuer.scope)
            #expect(issuer.tokenRequests.count == 4)
            for _ in 0..<8 { issuer.fail(with: .response(status: 500)) }
            let error = await failure(try secretCredential(issuer))
            #expect(error?.message == "Microsoft Entra answers 500, with no explanation")
            #expect(issuer.tokenRequests.count == 12)
        }
    }

    @Test(
        "an answer that holds no token is reported as one",
        arguments: [
            "", "<html>", "[]", #"{"access_token":"x"}"#, #"{"access_token":1,"expires_in":60}"#,
            #"{"access_token":"x","expires_in":"soon"}"#,
        ]
    )
    func unreadable(body: String) async throws {
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret)]) { issuer in
            issuer.fail(with: .response(status: 200, body: body))
            let refusal = await failure(try secretCredential(issuer))
            #expect(refusal?.message.contains("none of a token endpoint") == true)
        }
    }

    @Test("a life given as text is read, and one without sense is cut")
    func lives() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret)]) { issuer in
            issuer.fail(
                with: .response(status: 200, body: #"{"access_token":"x","expires_in":"60"}"#),
                .response(status: 200, body: #"{"access_token":"x","expires_in":9223372036854775807}"#)
            )
            let now = HubTimestamp.now().secondsSinceEpoch
            let credential = try secretCredential(issuer)
            #expect(try await credential.getToken(scope: TokenIssuer.scope).expiresOn - now < 70)
            #expect(try await credential.getToken(scope: TokenIssuer.scope).expiresOn - now < 367 * 86_400)
        }
    }

    @Test("an authority that is not there is named")
    func unreachable() async throws {
        let server = try await ScriptedHTTPServer.start(answers: [])
        let port = server.port
        try await server.stop()
        let credential = try ClientSecretCredential(
            tenantID: "t",
            clientID: "app",
            clientSecret: Self.secret,
            authorityHost: "http://127.0.0.1:\(port)"
        )
        let error = await failure(credential)
        #expect(error?.reason == .noToken)
        #expect(error?.description.contains("http://127.0.0.1:\(port)/t/oauth2/v2.0/token: cannot reach") == true)
    }

    @Test(
        "an address that would give secrets away, or is none, is refused before anything is sent",
        arguments: [
            ("http://login.example", "t"), ("ftp://login.example", "t"), ("https://login.example/other", "t"),
            ("https://user@login.example", "t"), ("", "t"), ("https://login.example", ""),
            ("https://login.example", "a/b"), ("http://127.0.0.1.example", "t"),
        ]
    )
    func badAddresses(authority: String, tenant: String) {
        let error = #expect(throws: ServiceClientError.self) {
            try ClientSecretCredential(
                tenantID: tenant,
                clientID: "app",
                clientSecret: Self.secret,
                authorityHost: authority
            )
        }
        #expect(error?.reason == .invalidArgument)
        #expect(error?.description.contains(Self.secret) == false)
    }

    @Test("a host name without scheme, as AZURE_AUTHORITY_HOST may hold one, is one of HTTPS")
    func plainHostName() throws {
        let endpoint = try TokenEndpoint(
            clientID: "app",
            tenantID: "contoso.example",
            authorityHost: "login.microsoftonline.us/",
            options: .tokenRequests
        )
        #expect(endpoint.url == "https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token")
    }

    @Test("a certificate signs an assertion that the issuer takes, each one once")
    func clientCertificate() async throws {
        let certificate = try await ApplicationCertificate.make()
        try await TokenIssuer.with([.init(id: "app", certificate: certificate)]) { issuer in
            let credential = try certificateCredential(issuer, certificate)
            issuer.fail(with: .response(status: 503))
            _ = try await credential.getToken(scope: TokenIssuer.scope)
            _ = try await credential.getToken(scope: TokenIssuer.scope)
            let assertions = issuer.tokenRequests.compactMap { $0["client_assertion"] }
            #expect(Set(assertions).count == 3)
            let parts = try #require(assertions.first.flatMap(SignedToken.parts))
            #expect(parts.header == ["alg": "PS256", "typ": "JWT", "x5t#S256": .string(certificate.thumbprint)])
            let expected: Set = ["aud", "iss", "sub", "jti", "nbf", "iat", "exp"]
            #expect(Set(parts.claims.keys) == expected)
        }
    }

    @Test("a certificate that the application does not have is refused")
    func otherCertificate() async throws {
        let certificate = try await ApplicationCertificate.make()
        try await TokenIssuer.with([.init(id: "app", certificate: try await .make())]) { issuer in
            let credential = try certificateCredential(issuer, certificate)
            let error = await failure(credential)
            #expect(error?.message.contains("AADSTS700027") == true)
            #expect(error?.message.contains("eyJ") == false)
        }
    }

    @Test("a key or certificate that Entra would not take is refused when the credential is made")
    func badCertificates() async throws {
        let good = try await ApplicationCertificate.make()
        let other = try await ApplicationCertificate.make()
        let elliptic = try TestCertificate.selfSigned(commonName: "app")
        let cases = [
            (good.certificatePEM, other.keyPEM, "not that of the certificate"),
            (elliptic.certificatePEM, elliptic.keyPEM, "not RSA"),
            (good.certificatePEM, elliptic.keyPEM, "expected an RSA key"),
            (good.certificatePEM, "no PEM", "expected an RSA key"), ("no PEM", good.keyPEM, "cannot be read"),
            (good.certificatePEM, "-----BEGIN ENCRYPTED PRIVATE KEY-----", "no passphrase"),
        ]
        for (certificate, key, words) in cases {
            let error = #expect(throws: ServiceClientError.self) {
                try ClientCertificateCredential(
                    tenantID: "t",
                    clientID: "app",
                    certificatePEM: certificate,
                    keyPEM: key
                )
            }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.message.contains("PRIVATE") == false)
        }
    }

    @Test("the federated token is read anew for each request")
    func workloadIdentity() async throws {
        let provider = try await SigningKey.rsa(1, id: "cluster")
        func federated(_ subject: String, audience: String = TokenIssuer.federatedAudience) throws -> String {
            try provider.token([
                "aud": .string(audience), "sub": .string(subject), "iss": "https://cluster.example",
                "exp": .integer(HubTimestamp.now().secondsSinceEpoch + 600),
            ])
        }
        let folder = try TemporaryDirectory()
        try await TokenIssuer.with([.init(id: "app", federatedKey: provider)]) { issuer in
            let file = try folder.write(try federated("app") + "\n", to: "token")
            let credential = try WorkloadIdentityCredential(
                environment: [
                    "AZURE_TENANT_ID": TokenIssuer.tenant, "AZURE_CLIENT_ID": "app",
                    "AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_AUTHORITY_HOST": issuer.authorityHost,
                ],
                options: Self.options
            )
            _ = try await credential.getToken(scope: TokenIssuer.scope)
            try folder.write(try federated("somebody else"), to: "token")
            #expect(await failure(credential)?.message.contains("invalid_client") == true)
            try folder.write(" \n", to: "token")
            #expect(await failure(credential)?.message.contains("\(file): expected a federated token") == true)
            try folder.write(try federated("app"), to: "token")
            _ = try await credential.getToken(scope: TokenIssuer.scope)
        }
        let missing = try WorkloadIdentityCredential(tenantID: "t", clientID: "app", tokenFile: "/nowhere/token")
        let error = await failure(missing)
        #expect(error?.reason == .noToken)
        #expect(error?.message == "/nowhere/token: No such file or directory")
    }

    @Test("no text made from a credential or a token shows a secret")
    func texts() async throws {
        let secret = try ClientSecretCredential(tenantID: "t", clientID: "app", clientSecret: Self.secret)
        let certificate = try await ApplicationCertificate.make()
        let signing = try ClientCertificateCredential(
            tenantID: "t",
            clientID: "app",
            certificatePEM: certificate.certificatePEM,
            keyPEM: certificate.keyPEM
        )
        let token = AccessToken(token: Self.secret, expiresOn: 1_700_000_000)
        var dumped = ""
        for value in [secret, signing, token] as [any Sendable] {
            dump(value, to: &dumped)
            dumped += "\(value) \(String(reflecting: value))"
        }
        #expect(!dumped.contains(Self.secret))
        #expect(!dumped.contains("PrivateKey"))
        #expect(token.description == "an access token that expires at 2023-11-14T22:13:20Z")
    }
}
