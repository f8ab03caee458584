import Foundation
import TestKit
import Testing

@testable import Fleet

@Suite("Microsoft Entra in a fleet file")
struct EntraTests {
    private static let application = "tenant: contoso, client: app"

    private func hub(_ entra: String, _ environment: [String: String] = [:]) throws -> HubSetting {
        try Sample.parse(text(entra), environment: environment).hub
    }

    private func text(_ entra: String) -> String {
        Sample.good.replacing("hub: local", with: "hub: { host: h.azure-devices.net, entra: \(entra) }")
    }

    @Test("the user of Azure CLI, or whatever the variables of Microsoft's SDKs say")
    func words() throws {
        #expect(try hub("cli").address == .entra(host: "h.azure-devices.net", .azureCLI))
        #expect(try hub("environment").address == .entra(host: "h.azure-devices.net", .environment))
    }

    @Test("the port for HTTPS goes behind the host, and WebSockets use it, too")
    func port() throws {
        let text = Sample.good.replacing("hub: local", with: "hub: { host: h, entra: cli, ports: { https: 18443 } }")
        let hub = try Sample.parse(text).hub
        #expect(hub.address == .entra(host: "h:18443", .azureCLI))
        #expect(hub.webSocketPort == 18443)
        #expect(try self.hub("cli").webSocketPort == 443)
    }

    @Test("an application's secret comes from the environment")
    func secret() throws {
        let address = try hub("{ \(Self.application), secret: \"${S}\" }", ["S": "geheim"]).address
        let expected = EntraSetting.application(
            tenantID: "contoso",
            clientID: "app",
            proof: .secret("geheim"),
            authorityHost: nil
        )
        #expect(address == .entra(host: "h.azure-devices.net", expected))
    }

    @Test("secret, certificate and federated token come from files beside the fleet file")
    func files() throws {
        let folder = try TemporaryDirectory()
        try folder.write("geheim\n", to: "secret")
        try folder.write("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n", to: "app.pem")
        try folder.write("token", to: "token")
        func proof(_ keys: String) throws -> EntraSetting.Proof? {
            let file = try folder.write(
                text("{ \(Self.application), \(keys), authorityHost: \"https://login\" }"),
                to: "f.yaml"
            )
            guard
                case .entra(_, .application("contoso", "app", let proof, "https://login")) =
                    try Fleet.load(file: file, environment: [:]).hub.address
            else { return nil }
            return proof
        }
        #expect(try proof("secretFile: secret") == .secret("geheim"))
        #expect(try proof("certificate: app.pem") == .certificateFile(folder.url.path + "/app.pem"))
        #expect(try proof("federatedTokenFile: token") == .federatedTokenFile(folder.url.path + "/token"))
    }

    @Test(
        "mistakes are told, and no secret with them",
        arguments: [
            ("{ tenant: t, client: c, secret: geheim }", "74", "a secret in the fleet file"),
            ("{ tenant: t, client: c, secret: 12 }", "74", "a secret in the fleet file"),
            ("{ tenant: t, client: c }", "42", "an application without a proof"),
            ("{ tenant: t, client: c, secrt: x }", "66", "did you mean 'secret'?"),
            ("{ tenant: t, secret: ${S} }", "42", "without 'client'"),
            ("{ tenant: t, client: c, secretFile: /dev/null }", "78", "an empty file"),
            ("{ tenant: t, client: c, certificate: /dev/null }", "79", "a file without a certificate"),
            ("{ tenant: t, client: c, federatedTokenFile: nowhere }", "86", "No such file or directory"),
            ("{ tenant: t, client: c, secret: ${S}, certificate: x }", "80", "both 'secret' and 'certificate'"),
            (
                "{ tenant: t, client: c, secret: ${S}, authorityHost: \"http://login\" }", "95",
                "the URL of a login server"
            ),
            ("enviroment", "42", "did you mean 'environment'?"),
            ("[cli]", "42", "found a list"),
        ]
    )
    func mistake(_ entra: String, _ column: String, _ words: String) throws {
        let mistakes = Sample.mistakes(text(entra), environment: ["S": "geheim"])
        #expect(mistakes.count == 1, "\(mistakes)")
        let first = try #require(mistakes.first)
        #expect(first.hasPrefix("f.yaml:2:\(column): "), "\(first)")
        #expect(first.contains(words), "\(first)")
        #expect(!first.contains("geheim"))
    }
}
