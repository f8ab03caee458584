import Foundation
import IoTHub
import ServiceClient
import TestKit
import Testing

/// The device of the article, as a user runs it.
@Suite(.timeLimit(.minutes(2))) struct TwinSampleTests {
    private func start(_ hub: SampleHub, _ connectionString: String, _ arguments: String...) throws -> ChildProgram {
        try ChildProgram(
            ChildProgram.executable("TwinSample"),
            ["--ca", hub.authority, "--mqtt-port", "\(hub.mqttPort)", "--amqp-port", "\(hub.amqpPort)"] + arguments,
            environment: ["IOTHUB_DEVICE_CONNECTION_STRING": connectionString]
        )
    }

    @Test(
        "reads its twin, reports its connectivity, answers desired changes, and stops on Ctrl-C",
        arguments: ["Mqtt_Tcp_Only", "Amqp_Tcp_Only"]
    )
    func article(_ transport: String) async throws {
        try await SampleHub.with { hub in
            let sample = try start(hub, try await hub.addDevice("myDeviceId"), "--transport", transport)
            await sample.waitForOutput(containing: "Waiting for desired property changes")
            var twin = try await hub.manager.getTwin("myDeviceId")
            #expect(twin.properties.reported["connectivity.type"] == "cellular")
            #expect(twin.connectionState == .connected)

            twin.properties.desired["telemetryConfig.sendFrequency"] = "5m"
            let sent = HubTimestamp.now()
            try await hub.manager.updateTwin("myDeviceId", twinPatch: twin)
            await sample.waitForOutput(containing: "Reported them back as version")
            let reported = try await hub.manager.getTwin("myDeviceId").properties.reported
            #expect(reported["telemetryConfig.sendFrequency"] == "5m")
            let time = try #require(reported["DateTimeLastDesiredPropertyChangeReceived"]?.stringValue)
            #expect(try HubTimestamp(parsing: time) >= sent)

            sample.signal(SIGINT)
            let outcome = await sample.outcome()
            #expect(outcome.exitCode == 0)
            #expect(
                outcome.output.hasPrefix("Connecting to hub\nRetrieving twin\n  desired  {}\n  reported {}\n")
            )
            #expect(outcome.output.contains(#"changed to version 2: {"telemetryConfig":{"sendFrequency":"5m"}}"#))
            #expect(outcome.output.hasSuffix("Closed\n"))
        }
    }

    @Test("ends by itself after its time")
    func ends() async throws {
        try await SampleHub.with { hub in
            let outcome = try await start(hub, try await hub.addDevice("d"), "--run-for", "0").outcome()
            #expect(outcome.exitCode == 0)
            #expect(outcome.output.hasSuffix("Closed\n"))
        }
    }

    @Test("shows a certificate in place of a key", arguments: ["Mqtt_Tcp_Only", "Amqp_Tcp_Only"])
    func certificate(_ transport: String) async throws {
        let directory = try TemporaryDirectory()
        try await SampleHub.with { hub in
            func run(_ certificate: TestCertificate) async throws -> ChildProgram.Outcome {
                try await start(
                    hub,
                    "HostName=localhost;DeviceId=d;x509=true",
                    "--transport",
                    transport,
                    "--x509-certificate",
                    try directory.write(certificate.certificatePEM, to: "d.pem"),
                    "--x509-key",
                    try directory.write(certificate.keyPEM, to: "d.key"),
                    "--run-for",
                    "0"
                ).outcome()
            }
            let own = try TestCertificate.selfSigned(commonName: "d")
            let authentication = AuthenticationMechanism.selfSigned(primaryThumbprint: own.sha256Thumbprint)
            _ = try await hub.manager.addDevice(Device(id: "d", authentication: authentication))
            let good = try await run(own)
            #expect(good.exitCode == 0, "\(good.errors)")
            #expect(try await hub.manager.getTwin("d").properties.reported["connectivity.type"] == "cellular")
            let bad = try await run(try TestCertificate.selfSigned(commonName: "d"))
            #expect(bad.exitCode == 1)
            #expect(bad.errors.contains("unauthorized"), "\(bad.errors)")
        }
    }

    @Test("says what it needs")
    func usage() async throws {
        let program = ChildProgram.executable("TwinSample")
        let help = try await ChildProgram(program, ["--help"]).outcome()
        #expect(help.exitCode == 0)
        #expect(help.output.contains("IOTHUB_DEVICE_CONNECTION_STRING"))
        let transport = try await ChildProgram(program, ["--transport", "Pigeon"]).outcome()
        #expect(transport.exitCode == 64)
        #expect(transport.errors.contains("'Pigeon' is no transport; expected one of Amqp, "))
        let half = try await ChildProgram(program, ["--x509-key", "d.key"]).outcome()
        #expect(half.exitCode == 64)
        #expect(half.errors.contains("--x509-certificate and --x509-key go together"))
        let missing = try await ChildProgram(
            program,
            [],
            environment: ["IOTHUB_DEVICE_CONNECTION_STRING": ""]
        ).outcome()
        #expect(missing.exitCode == 64)
        #expect(missing.errors.contains("set IOTHUB_DEVICE_CONNECTION_STRING"))
    }
}
