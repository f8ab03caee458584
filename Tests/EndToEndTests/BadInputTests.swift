import Foundation
import IoTHub
import TestKit
import Testing

@Suite("Bad input to twinfleet run", .timeLimit(.minutes(5)))
struct BadInputTests {
    private let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test("no fleet file is a usage error, with help")
    func usage() async throws {
        let outcome = try await Workbench().start("run").outcome()
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains("Usage: twinfleet run"))
    }

    @Test("a limit for the schedule lag that is no number is a usage error")
    func lagLimit() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(
            fleet: Workbench.smallFleet,
            environment: ["TWINFLEET_LAG_LIMIT_MS": "2s"]
        )
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains("TWINFLEET_LAG_LIMIT_MS is '2s'; expected milliseconds"), "\(outcome.errors)")
    }

    @Test("a missing file is named")
    func missingFile() async throws {
        let outcome = try await Workbench().start("run", "flets/demo.yaml").outcome()
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("flets/demo.yaml"))
        #expect(outcome.errors.contains("No such file"))
    }

    @Test("all mistakes of a file come in one go, each with its place")
    func mistakes() async throws {
        let bench = try Workbench()
        let fleet = Workbench.smallFleet
            .replacing("duration: 2s", with: "durration: 2s")
            .replacing("count: 6", with: "count: 0")
            .replacing("rate: 20/s", with: "rate: fast")
        let outcome = try await bench.run(fleet: fleet)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("fleet.yaml:4:1: "))
        #expect(outcome.errors.contains("duration"))
        #expect(outcome.errors.contains("fleet.yaml:7:12: "))
        #expect(outcome.errors.contains("fleet.yaml:13:11: "))
        #expect(!FileManager.default.fileExists(atPath: bench.directory.url.appendingPathComponent("runs").path))
    }

    @Test("an unset environment variable is named")
    func unsetVariable() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(
            fleet: Workbench.smallFleet.replacing("hub: local", with: "hub: ${TWINFLEET_TEST_UNSET}")
        )
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("fleet.yaml:2:"))
        #expect(outcome.errors.contains("TWINFLEET_TEST_UNSET"))
    }

    @Test("a hub that does not answer is named with its port")
    func unreachable() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(
            fleet: Workbench.smallFleet.replacing("hub: local", with: "hub: ${HUB}"),
            environment: ["HUB": "HostName=127.0.0.1:1;SharedAccessKeyName=iothubowner;SharedAccessKey=\(key)"]
        )
        #expect(outcome.exitCode == 69, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.errors.contains("127.0.0.1:1"))
        #expect(!outcome.errors.contains(key))
    }

    @Test("a wrong key and a wrong certificate authority are told apart")
    func credentials() async throws {
        let bench = try Workbench()
        let (hub, ready) = try await bench.startHub()
        let text = try #require(ready["connectionString"]?.stringValue)
        let mqttPort = try #require(ready["mqttPort"]?.integerValue)
        var string = try ConnectionString(parsing: text)

        let trusting = try Workbench.hubLine(ready)
        let good = try await bench.run(
            fleet: Workbench.smallFleet.replacing("hub: local", with: trusting),
            environment: ["HUB": text]
        )
        #expect(good.exitCode == 0, "\(good.output)\n\(good.errors)")

        string.credential = .policy(name: "iothubowner", key: key)
        let wrongKey = try await bench.run(
            fleet: Workbench.smallFleet.replacing("hub: local", with: trusting),
            environment: ["HUB": string.text]
        )
        #expect(wrongKey.exitCode == 69)
        #expect(wrongKey.errors.lowercased().contains("unauthorized"), "\(wrongKey.errors)")
        #expect(!wrongKey.errors.contains(key))

        let wrongAuthority = try await bench.run(
            fleet: Workbench.smallFleet.replacing(
                "hub: local",
                with: "hub: { connection: ${HUB}, ports: { mqtt: \(mqttPort) } }"
            ),
            environment: ["HUB": text]
        )
        #expect(wrongAuthority.exitCode == 69)
        #expect(wrongAuthority.errors.lowercased().contains("certificate"), "\(wrongAuthority.errors)")

        try hub.closeInput()
        #expect(await hub.outcome().exitCode == 0)
    }

    @Test("too few open files are counted before the run")
    func openFiles() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(
            fleet: Workbench.smallFleet.replacing("count: 6", with: "count: 600"),
            openFileLimit: 256
        )
        #expect(outcome.exitCode == 70, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.errors.contains("256"))
        #expect(outcome.errors.contains("ulimit -n"))
    }
}
