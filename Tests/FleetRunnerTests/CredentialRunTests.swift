import DeviceClient
import Fleet
import Foundation
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import ServiceClient
import TestKit
import Testing

@testable import FleetRunner

@Suite("Runs with certificates and tokens", .timeLimit(.minutes(5)))
struct CredentialRunTests: WholeRunSuite {
    @Test("certificates of an authority that was made for the run")
    func authorityOfRun() async throws {
        let authority = try DeviceCertificateAuthority.make(commonName: "run")
        try await TestHub.with { configuration in
            configuration.certificateAuthorities = [DeviceAuthority(name: "run", pem: authority.certificatePEM)]
        } _: { test in
            var endpoint = endpoint(of: test)
            endpoint.authorityOfRun = authority
            let result = try await FleetRun(
                fleet: fleet(
                    devices: 4,
                    rate: 8,
                    duration: .seconds(1),
                    transports: [.mqtt, .amqp, .mqttWebSocketOnly, .amqpWebSocketOnly],
                    auth: .x509(X509Setting(kind: .certificateAuthority))
                ),
                endpoint: endpoint,
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
        }
    }

    @Test("the back end enters with tokens of Microsoft Entra; a principal without a role is told what it lacks")
    func entra() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: "geheim"), .init(id: "nobody", secret: "geheim")]) {
            issuer in
            let role = EntraRoleAssignment(principal: "app", role: try EntraRole(parsing: "IoT Hub Data Contributor"))
            try await TestHub.with { configuration in
                configuration.entra = EntraConfiguration(
                    issuer: issuer.issuer,
                    keys: .url(issuer.keysURL),
                    assignments: [role]
                )
            } _: { test in
                func run(as client: String) async throws -> RunResult {
                    var endpoint = endpoint(of: test)
                    endpoint.access = .entra(
                        host: "localhost:\(test.hub.httpsPort)",
                        .application(
                            tenantID: TokenIssuer.tenant,
                            clientID: client,
                            proof: .secret("geheim"),
                            authorityHost: issuer.authorityHost
                        )
                    )
                    return try await FleetRun(
                        fleet: fleet(devices: 2, rate: 4, duration: .seconds(1)),
                        endpoint: endpoint,
                        configuration: patient()
                    ).run()
                }
                let result = try await run(as: "app")
                #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
                #expect(result.hubHostName == "localhost:\(test.hub.httpsPort)")
                let error = await #expect(throws: RunError.self) { _ = try await run(as: "nobody") }
                #expect(error?.code == .unauthorized, "\(String(describing: error))")
                #expect(error?.message.contains("IoT Hub Data Contributor") == true)
                #expect(error?.message.contains("geheim") == false)
            }
        }
    }

    @Test("certificates made for the run: a pool leaves them alone, and another run adds its own thumbprints")
    func selfSigned() async throws {
        try await TestHub.with { test in
            let fleet = fleet(
                devices: 4,
                rate: 8,
                duration: .seconds(1),
                transports: [.mqttTcpOnly, .amqpTcpOnly],
                auth: .x509(X509Setting(kind: .selfSigned)),
                amqpPool: 10
            )
            var thumbprints: [X509Thumbprint?] = []
            for number in 0..<2 {
                let result = try await FleetRun(
                    fleet: fleet,
                    endpoint: endpoint(of: test),
                    configuration: patient()
                ).run()
                #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
                #expect(result.devices.created == (number == 0 ? 4 : 0))
                #expect(result.phases[0].summary.contains("; 2 AMQP devices with certificates have a connection each"))
                let added = result.phases[1].summary.contains("thumbprints of 4 added")
                #expect(added == (number == 1), "\(result.phases[1].summary)")
                thumbprints.append(try test.hub.registry.device("press-1").authentication.x509Thumbprint)
            }
            #expect(thumbprints[0]?.primaryThumbprint == thumbprints[1]?.primaryThumbprint)
            #expect(thumbprints[0]?.secondaryThumbprint == nil && thumbprints[1]?.secondaryThumbprint != nil)
        }
    }

    @Test("certificates from the user's files, whose keys may be encrypted; one that cannot be read names its device")
    func certificateFiles() async throws {
        let folder = try TemporaryDirectory()
        let passphrase = "geheim"
        for index in 0..<2 {
            let certificate = try DeviceCertificate.selfSigned(commonName: "press-\(index)")
            try folder.write(certificate.certificatePEM, to: "press-\(index).pem")
            try folder.write(certificate.keyPEM(passphrase: passphrase), to: "press-\(index).key")
        }
        try folder.write("no certificate", to: "press-2.pem")
        try folder.write("no key", to: "press-2.key")
        try await TestHub.with { test in
            var fleet = fleet(devices: 3, rate: 6, duration: .seconds(1))
            for index in fleet.devices.indices {
                let path = folder.url.appendingPathComponent(fleet.devices[index].id).path
                let files = X509Setting.Files(certificate: path + ".pem", key: path + ".key", passphrase: passphrase)
                fleet.devices[index].auth = .x509(X509Setting(kind: .selfSigned, files: files))
            }
            var configuration = patient()
            // What goes to the device that is not there stays in flight.
            configuration.drainLimit = .seconds(1)
            let result = try await FleetRun(
                fleet: fleet,
                endpoint: endpoint(of: test),
                configuration: configuration
            ).run()
            #expect(result.devices.ready == 2, "\(result.errors)")
            #expect(result.devices.notReady.map(\.deviceID) == ["press-2"])
            #expect(result.devices.notReady.first?.reason.contains("press-2.pem") == true)
            #expect(!result.errors.contains { $0.reason.contains(passphrase) })
        }
    }
}
