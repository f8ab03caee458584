import IoTHub
import ServiceClient
import TestKit
import Testing

/// The back ends of the article, as a user runs them.
@Suite(.timeLimit(.minutes(2))) struct BackEndSampleTests {
    @Test("tags the device, finds it by both queries once it is on cellular, and changes its desired properties")
    func article() async throws {
        try await SampleHub.with { hub in
            let device = try ChildProgram(
                ChildProgram.executable("TwinSample"),
                ["--ca", hub.authority, "--mqtt-port", "\(hub.mqttPort)"],
                environment: ["IOTHUB_DEVICE_CONNECTION_STRING": try await hub.addDevice("myDeviceId")]
            )
            await device.waitForOutput(containing: "Waiting for desired property changes")
            try await hub.manager.addDevice(Device(id: "elsewhere"))

            let outcome = try await hub.run("BackEndSample")
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            var lines = outcome.output.split(separator: "\n").map(String.init)
            // The one line with a time in it.
            let place = try #require(lines.firstIndex { $0.hasPrefix("Desired by object: {") }, "\(lines)")
            let object = lines.remove(at: place)
            #expect(object.hasPrefix(#"Desired by object: {"telemetryConfig":{"configId":"1","sendFrequency":"1m"},"#))
            #expect(
                lines == [
                    "Devices in Redmond43: myDeviceId",
                    "Devices in Redmond43 using cellular network: myDeviceId",
                    "Desired by JSON: version 2",
                    "The old ETag is refused: Precondition failed: Device version did not match, "
                        + "existingVersion:AAAAAAAAAAM= newVersion:AAAAAAAAAAI=",
                    #"Desired by object, to send: {"properties":{"desired":"#
                        + #"{"telemetryConfig":{"sendFrequency":"1m"},"ledColor":"green"}}}"#,
                    "Many twins: 1 failed",
                    "  myDeviceId-that-is-not-there: DeviceNotFound myDeviceId-that-is-not-there",
                    #"Replaced: tags {"location":{"region":"US","plant":"Redmond43"}}, desired {"ledColor":"blue"}"#,
                ]
            )
            await device.waitForOutput(containing: #"changed to version 5: {"ledColor":"blue"}"#)
        }
    }

    @Test("does with the article's policy all that it permits, and says what it does not")
    func articlesPolicy() async throws {
        try await SampleHub.with { hub in
            try await hub.manager.addDevice(Device(id: "myDeviceId"))
            let outcome = try await hub.run("BackEndSample", by: hub.articlesConnectionString)
            #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
            #expect(
                outcome.output.hasSuffix(
                    """
                    Many twins: left out, for the policy lacks registry write (the hub answers 401)
                    Replaced: tags {"location":{"region":"US","plant":"Redmond43"}}, desired {"ledColor":"blue"}

                    """
                ),
                "\(outcome.output)"
            )
            let twin = try await hub.manager.getTwin("myDeviceId")
            #expect(twin.properties.desired.version == 4 && twin.properties.desired["ledColor"] == "blue")
        }
    }

    @Test("registers a hierarchy and devices with certificates, finds them by a query, and removes them")
    func registry() async throws {
        try await SampleHub.with { hub in
            let outcome = try await hub.run("RegistryManagerSample", "--prefix", "s-")
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let output = outcome.output
            #expect(output.contains("Added edge device s-edgeParent with scope ms-azure-iot-edge://s-edgeParent-"))
            #expect(output.contains("Added edge device s-edgeChild below ms-azure-iot-edge://s-edgeParent-"))
            #expect(output.contains("Added leaf device s-leaf below ms-azure-iot-edge://s-edgeChild-"))
            #expect(output.contains("s-selfSigned: enabled, selfSigned"))
            #expect(output.contains("s-certificateAuthority: enabled, certificateAuthority"))
            #expect(output.contains(#"Updated s-leaf: desired {"customKey":"customValue"}"#))
            #expect(output.hasSuffix("Removed 5 devices\n"))
            #expect(try await hub.manager.getDevices().isEmpty)
        }
    }

    @Test("removes what it has registered, and nothing else, when it fails half-way")
    func registryFailure() async throws {
        try await SampleHub.with { hub in
            try await hub.manager.addDevice(Device(id: "s-selfSigned"))
            let outcome = try await hub.run("RegistryManagerSample", "--prefix", "s-")
            #expect(outcome.exitCode == 1)
            #expect(outcome.output.contains("DeviceAlreadyExists"))
            #expect(outcome.output.hasSuffix("Removed 3 devices\n"))
            #expect(try await hub.manager.getDevices().map(\.id) == ["s-selfSigned"])
        }
    }

    @Test("both say what they need")
    func usage() async throws {
        for sample in ["BackEndSample", "RegistryManagerSample"] {
            let help = try await ChildProgram(ChildProgram.executable(sample), ["--help"]).outcome()
            #expect(help.exitCode == 0)
            #expect(help.output.contains("IOTHUB_CONNECTION_STRING"))
            let missing = try await ChildProgram(
                ChildProgram.executable(sample),
                [],
                environment: ["IOTHUB_CONNECTION_STRING": ""]
            ).outcome()
            #expect(missing.exitCode == 64)
            #expect(missing.errors.contains("set IOTHUB_CONNECTION_STRING"))
        }
    }
}
