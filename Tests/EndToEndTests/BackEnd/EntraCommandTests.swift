import Foundation
import IoTHub
import TestKit
import Testing

@Suite("Commands and hub with access tokens", .timeLimit(.minutes(3)))
struct EntraCommandTests {
    private static let secret = "s3cr~t.of-app"

    /// Runs `twinfleet` to its end.
    private func run(_ bench: Workbench, _ arguments: [String], _ environment: [String: String]) async throws
        -> ChildProgram.Outcome
    {
        let program = try ChildProgram(
            ChildProgram.executable("twinfleet"),
            arguments,
            in: bench.directory.url,
            environment: environment.merging(["IOTHUB_CONNECTION_STRING": "", "IOTHUB_CA_FILE": ""]) { own, _ in own }
        )
        try program.closeInput()
        return await program.outcome()
    }

    @Test func commandsProveThemselvesAsTheEnvironmentSays() async throws {
        let bench = try Workbench()
        try await TokenIssuer.with([.init(id: "app", secret: Self.secret), .init(id: "guest", secret: Self.secret)]) {
            issuer in
            let (hub, ready) = try await bench.startHub(
                "--log-level",
                "debug",
                "--entra-issuer",
                issuer.issuer,
                "--entra-jwks",
                issuer.keysURL,
                "--entra-role",
                "app=IoT Hub Data Contributor",
                "--entra-role",
                "guest=devices/read,twins/read"
            )
            let port = try #require(ready["httpsPort"]?.integerValue)
            let authority = try #require(ready["ca"]?.stringValue)
            func run(_ client: String, _ arguments: String...) async throws -> ChildProgram.Outcome {
                try await self.run(
                    bench,
                    arguments + ["--host", "localhost:\(port)", "--ca", authority],
                    [
                        "AZURE_TENANT_ID": TokenIssuer.tenant, "AZURE_CLIENT_ID": client,
                        "AZURE_CLIENT_SECRET": Self.secret, "AZURE_AUTHORITY_HOST": issuer.authorityHost,
                    ]
                )
            }
            let added = try await run("app", "device", "add", "myDeviceId")
            #expect(added.exitCode == 0, "\(added.errors)")
            #expect(added.output == "added myDeviceId\n")
            let read = try await run("guest", "twin", "show", "myDeviceId", "--json")
            #expect(read.exitCode == 0, "\(read.errors)")
            let refused = try await run("guest", "device", "remove", "myDeviceId")
            #expect(refused.exitCode == 69)
            #expect(refused.errors.contains("principal 'object-of-guest' has no role here with devices/delete"))
            #expect(refused.errors.contains("IoT Hub Registry Contributor"))
            let unknown = try await run("stranger", "device", "list")
            #expect(unknown.exitCode == 69)
            #expect(unknown.errors.contains("there is no access token: Microsoft Entra answers 400"))
            #expect(unknown.errors.contains("AADSTS700016"))

            let text = try issuer.token(issuer.claims(for: "app"))
            let az = try bench.directory.write(
                "#!/bin/sh\necho '{\"accessToken\":\"\(text)\",\"expires_on\":32503680000}'\n",
                to: "az"
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: az)
            let commandLine = try await self.run(
                bench,
                ["device", "list", "--host", "localhost:\(port)", "--ca", authority],
                ["PATH": "\(bench.directory.url.path):/usr/bin:/bin"]
            )
            #expect(commandLine.exitCode == 0, "\(commandLine.errors)")
            #expect(commandLine.output.contains("myDeviceId"))
            let without = try await self.run(
                bench,
                ["device", "list", "--host", "localhost:\(port)", "--ca", authority],
                ["PATH": "/nowhere"]
            )
            #expect(without.exitCode == 69)
            #expect(without.errors.contains("run 'az login'"))

            try hub.closeInput()
            let outcome = await hub.outcome()
            #expect(outcome.exitCode == 0)
            for log in [outcome.errors, added.errors, refused.errors, unknown.errors, without.errors] {
                #expect(!log.contains("eyJ"))
                #expect(!log.contains(Self.secret))
            }
        }
    }

    @Test(
        "what a hub cannot take tokens with is refused at its start, by name",
        arguments: [
            (["--entra-issuer", "i"], "access tokens need --entra-jwks FILE or URL and --entra-role PRINCIPAL=ROLE"),
            (["--entra-jwks", "http://keys.example/k"], "is not protected by TLS"),
            (["--entra-role", "me=IoT Hub Data Raeder"], "did you mean 'IoT Hub Data Reader'?"),
            (
                ["--entra-issuer", "i", "--entra-jwks", "nowhere.json", "--entra-role", "me=twins/*"],
                "no keys for access tokens in 'nowhere.json': cannot read 'nowhere.json': No such file"
            ),
        ] as [([String], String)]
    )
    func badOptions(options: [String], words: String) async throws {
        let ports = ["--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0"]
        let outcome = try await run(Workbench(), ["hub"] + ports + options, [:])
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
