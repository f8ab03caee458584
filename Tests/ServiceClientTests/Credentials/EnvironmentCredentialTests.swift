import Foundation
import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// Which credential the environment holds.
@Suite(.timeLimit(.minutes(1))) struct EnvironmentCredentialTests {
    private static let application = ["AZURE_TENANT_ID": TokenIssuer.tenant, "AZURE_CLIENT_ID": "app"]

    private func credential(_ more: [String: String]) throws -> EnvironmentCredential {
        try EnvironmentCredential(environment: Self.application.merging(more) { $1 })
    }

    @Test("secret, certificate, federated token and Azure CLI are looked for in this order")
    func order() async throws {
        let folder = try TemporaryDirectory()
        let certificate = try await ApplicationCertificate.make()
        let file = try folder.write(certificate.certificatePEM + certificate.keyPEM, to: "client.pem")
        var variables = [
            "AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_CERTIFICATE_PATH": file, "AZURE_FEDERATED_TOKEN_FILE": "token",
        ]
        #expect(try credential(variables).kind == .clientSecret)
        variables["AZURE_CLIENT_SECRET"] = ""
        #expect(try credential(variables).kind == .clientCertificate)
        variables["AZURE_CLIENT_CERTIFICATE_PATH"] = nil
        #expect(try credential(variables).kind == .workloadIdentity)
        #expect(try credential([:]).kind == .azureCLI)
        #expect(try EnvironmentCredential(environment: [:]).kind == .azureCLI)
    }

    @Test(
        "a proof without its application is refused by the names of what is missing",
        arguments: ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"]
    )
    func missing(name: String) {
        let error = #expect(throws: ServiceClientError.self) {
            try EnvironmentCredential(environment: [name: "s3cr3t"])
        }
        #expect(error?.message == "the environment has \(name) but lacks AZURE_TENANT_ID and AZURE_CLIENT_ID")
        let half = #expect(throws: ServiceClientError.self) {
            try EnvironmentCredential(environment: [name: "s3cr3t", "AZURE_TENANT_ID": "t"])
        }
        #expect(half?.message == "the environment has \(name) but lacks AZURE_CLIENT_ID")
    }

    @Test("a certificate file is told by its name and what it lacks")
    func certificateFiles() async throws {
        let folder = try TemporaryDirectory()
        let certificate = try await ApplicationCertificate.make()
        let files = [
            (try folder.write(certificate.certificatePEM, to: "a"), "has no private key"),
            (try folder.write(certificate.keyPEM, to: "b"), "has no certificate"),
            (try folder.write("0\u{82}", to: "c"), "openssl pkcs12"), ("/nowhere/d", "cannot read"),
        ]
        for (file, words) in files {
            let error = #expect(throws: ServiceClientError.self) {
                try credential(["AZURE_CLIENT_CERTIFICATE_PATH": file])
            }
            #expect(error?.message.contains(file) == true)
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("an encrypted key is opened by its password, key first or last in the file")
    func encryptedKey() async throws {
        let folder = try TemporaryDirectory()
        let certificate = try await ApplicationCertificate.make()
        let plain = try folder.write(certificate.keyPEM, to: "plain.pem")
        let encrypted = folder.url.path + "/encrypted.pem"
        let openssl = try ChildProgram(
            "/usr/bin/openssl",
            ["pkcs8", "-topk8", "-in", plain, "-out", encrypted, "-passout", "pass:p4ssw0rd"]
        )
        #expect(await openssl.outcome().exitCode == 0)
        let key = try String(contentsOfFile: encrypted, encoding: .utf8)
        let file = try folder.write(key + certificate.certificatePEM, to: "client.pem")
        try await TokenIssuer.with([.init(id: "app", certificate: certificate)]) { issuer in
            var variables = ["AZURE_CLIENT_CERTIFICATE_PATH": file, "AZURE_AUTHORITY_HOST": issuer.authorityHost]
            variables["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = "p4ssw0rd"
            _ = try await credential(variables).getToken(scope: TokenIssuer.scope)
            variables["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = "wr0ng"
            let error = #expect(throws: ServiceClientError.self) { try credential(variables) }
            #expect(error?.message == "the key is encrypted, and this passphrase does not open it")
        }
    }

    @Test("the authority of another cloud is taken from the environment")
    func authority() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: "s")]) { issuer in
            let variables = ["AZURE_CLIENT_SECRET": "s", "AZURE_AUTHORITY_HOST": issuer.authorityHost]
            _ = try await credential(variables).getToken(scope: TokenIssuer.scope)
            #expect(issuer.tokenRequests.count == 1)
        }
    }
}
