import Foundation
import IoTHub
import ServiceClient
import TestKit
import Testing

/// The programs of the libraries' tutorials, as a reader ends up with them.
@Suite("The tutorials", .timeLimit(.minutes(10)))
struct TutorialTests {
    /// A program whose lines come out one by one, as on a terminal.
    private func start(_ name: String, _ environment: [String: String]) throws -> ChildProgram {
        try ChildProgram(
            "/usr/bin/stdbuf",
            ["--output=L", ChildProgram.executable(name)],
            environment: environment
        )
    }

    @Test("the device reads its twin, reports, and does as told until it is switched off")
    func device() async throws {
        try await SampleHub.with { hub in
            let program = try start(
                "DeviceTutorial",
                [
                    "IOTHUB_DEVICE_CONNECTION_STRING": try await hub.addDevice("press-1"),
                    "IOTHUB_CA_FILE": hub.authority, "IOTHUB_MQTT_PORT": "\(hub.mqttPort)",
                ]
            )
            await program.waitForOutput(containing: "waiting for desired properties\n")
            try await hub.manager.updateTwin("press-1", patch: ["properties": ["desired": ["speed": 7]]])
            await program.waitForOutput(containing: #"desired, version 2: {"speed":7}"#)
            try await hub.manager.updateTwin("press-1", patch: ["properties": ["desired": ["power": "off"]]])
            let outcome = await program.outcome()
            #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
            #expect(outcome.output.contains("connected as press-1\ndesired {}\nreported, version 2\n"))
            let reported = try await hub.manager.getTwin("press-1").properties.reported
            #expect(reported["connectivity.type"] == "cellular")
            #expect(reported["speed"] == 7 && reported["power"] == "off")
        }
    }

    @Test("the back end registers a device, writes its twin, is refused with an old ETag, and finds the device")
    func backEnd() async throws {
        try await SampleHub.with { hub in
            let program = try start(
                "BackEndTutorial",
                ["IOTHUB_CONNECTION_STRING": hub.connectionString, "IOTHUB_CA_FILE": hub.authority]
            )
            let outcome = await program.outcome()
            #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
            #expect(
                outcome.output.hasPrefix("0 devices\nadded press-1\ndesired, version 2\nsomebody else has written: ")
            )
            #expect(outcome.output.hasSuffix("\npress-1 in Redmond43\n"))
            let twin = try await hub.manager.getTwin("press-1")
            #expect(twin.tags["location.plant"] == "Redmond43" && twin.tags["line"] == nil)
            #expect(twin.properties.desired["telemetryConfig.sendFrequency"] == "5m")
        }
    }

    @Test("every step of the tutorials compiles against the libraries")
    func steps() async throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let build = URL(fileURLWithPath: ChildProgram.executable("twinfleet")).deletingLastPathComponent()
        let outcome = try await ChildProgram(
            root.appendingPathComponent("scripts/docs").path,
            ["--check-tutorials"],
            environment: ["TWINFLEET_BUILD_FOLDER": build.path]
        ).outcome()
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("/device-5.swift\n") && outcome.output.contains("/backend-5.swift\n"))
    }
}
