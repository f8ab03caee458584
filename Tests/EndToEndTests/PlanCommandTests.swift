import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet plan", .timeLimit(.minutes(5)))
struct PlanCommandTests {
    private func plan(
        _ fleet: String,
        _ arguments: [String] = [],
        openFileLimit: Int? = nil
    ) async throws -> ChildProgram.Outcome {
        let bench = try Workbench()
        try bench.directory.write(fleet, to: "fleet.yaml")
        return try await ChildProgram(
            ChildProgram.executable("twinfleet"),
            ["plan", "fleet.yaml"] + arguments,
            in: bench.directory.url,
            openFileLimit: openFileLimit
        ).outcome()
    }

    @Test("a fleet that works is fine, exit code 0")
    func fine() async throws {
        let outcome = try await plan(Workbench.smallFleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.hasSuffix("FINE  small\n"))
        #expect(outcome.output.contains("press-00 … press-05"))
    }

    @Test("one that the hub's tier throttles is told, exit code 1, and JSON says the same")
    func throttled() async throws {
        let fleet = Workbench.smallFleet
            .replacing("hub: local", with: "hub: { connection: local, tier: S1 }")
            .replacing("rate: 20/s", with: "rate: 40/s")
        let text = try await plan(fleet)
        #expect(text.exitCode == 1)
        #expect(text.output.contains("THROTTLED") && text.output.hasSuffix("NOT AS ASKED  small\n"))
        let json = try await plan(fleet, ["--json"])
        #expect(json.exitCode == 1)
        let document = try JSON(parsing: json.output)
        #expect(document["fine"] == false && document["tier"] == "S1")
    }

    @Test("the hint for a hub's tier can be put into the file as it is printed")
    func hint() async throws {
        let text = try await plan(Workbench.smallFleet)
        let hint = "hub: { tier: S1, units: 1 }"
        let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(hint), "\(text.output)")
        let followed = try await plan(Workbench.smallFleet.replacing("hub: local", with: hint))
        #expect(followed.exitCode == 0, "\(followed.output)\n\(followed.errors)")
        #expect(followed.output.contains("S1, 1 unit"))
    }

    @Test("a run into a folder that cannot be written is refused before anything is driven, exit code 70")
    func output() async throws {
        let outcome = try await Workbench().run(fleet: Workbench.smallFleet, ["--output", "/dev/null/x"])
        #expect(outcome.exitCode == 70)
        #expect(outcome.errors.contains("cannot be written to /dev/null/x: Not a directory. Name a folder"))
        #expect(!(outcome.output + outcome.errors).contains("provision"))
    }

    @Test("too few open files are told with the command that mends it, exit code 1")
    func openFiles() async throws {
        let outcome = try await plan(
            Workbench.smallFleet.replacing("count: 6", with: "count: 600"),
            openFileLimit: 256
        )
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("sudo prlimit --pid $$ --nofile=696"))
        #expect(outcome.output.hasSuffix("CANNOT RUN  small\n"))
    }

    @Test("mistakes of the file are told as a run tells them, exit code 65")
    func mistakes() async throws {
        let outcome = try await plan(Workbench.smallFleet.replacing("count: 6", with: "count: 0"))
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("fleet.yaml:7:12: "))
    }
}
