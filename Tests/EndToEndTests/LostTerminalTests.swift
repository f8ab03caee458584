import Foundation
import IoTHub
import TestKit
import Testing

/// What becomes of a run when nobody reads it any more, or its terminal is closed.
@Suite("Runs that lose their terminal", .timeLimit(.minutes(3)))
struct LostTerminalTests {
    /// Carries out a line of bash in which "$0" is the program.
    private func bash(_ line: String, in bench: Workbench) async throws -> ChildProgram.Outcome {
        try bench.directory.write(Workbench.smallFleet, to: "fleet.yaml")
        return try await ChildProgram(
            "/bin/bash",
            ["-c", line, ChildProgram.executable("twinfleet")],
            in: bench.directory.url
        ).outcome()
    }

    private func longRun(_ bench: Workbench) async throws -> ChildProgram {
        let fleet = Workbench.smallFleet.replacing("duration: 2s", with: "duration: 10m")
        try bench.directory.write(fleet, to: "fleet.yaml")
        let program = try bench.start("run", "fleet.yaml")
        await program.waitForOutput(containing: "drive")
        return program
    }

    @Test(
        "a run that cannot print goes on, writes its files and ends with its own code",
        arguments: [
            ("\"$0\" run fleet.yaml | head -n 1; exit ${PIPESTATUS[0]}", ""),
            ("\"$0\" run fleet.yaml --quiet | true; exit ${PIPESTATUS[0]}", ""),
            (
                "\"$0\" run fleet.yaml > /dev/full",
                "twinfleet: cannot write to standard output: No space left on device; going on without\n"
            ),
            ("\"$0\" run fleet.yaml > /dev/full 2>&-", ""),
        ]
    )
    func closedOutput(_ line: String, _ words: String) async throws {
        let bench = try Workbench()
        let outcome = try await bash(line, in: bench)
        #expect(try bench.summary()["exit_code"] == .integer(Int64(outcome.exitCode)), "\(outcome.errors)")
        #expect(try bench.rows(of: "changes.csv").count == 40)
        #expect(outcome.errors == words)
    }

    @Test("a plan that cannot be printed says why, and one that nobody reads ends like other programs")
    func closedPlan() async throws {
        let bench = try Workbench()
        let full = try await bash("\"$0\" plan fleet.yaml > /dev/full", in: bench)
        #expect(full.exitCode == 70)
        #expect(full.errors == "twinfleet: cannot write the output: No space left on device\n")
        let gone = try await bash("\"$0\" plan fleet.yaml | true; exit ${PIPESTATUS[0]}", in: bench)
        // The reader may be gone before or after the plan is written.
        #expect([0, 1, 128 + SIGPIPE].contains(gone.exitCode) && gone.errors.isEmpty, "\(gone)")
    }

    @Test("a closed terminal ends the workload, however often it is told, and the report is written")
    func hangup() async throws {
        let bench = try Workbench()
        let program = try await longRun(bench)
        program.signal(SIGHUP)
        program.signal(SIGHUP)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130, "\(outcome.output)\n\(outcome.errors)")
        let verdict = try #require(bench.summary()["verdict"]?.stringValue)
        try bench.expectOneStory(outcome, verdict, interrupted: true)
    }

    @Test("under nohup a closed terminal changes nothing")
    func nohup() async throws {
        let bench = try Workbench()
        let fleet = Workbench.smallFleet.replacing("duration: 2s", with: "duration: 10m")
        try bench.directory.write(fleet, to: "fleet.yaml")
        let program = try ChildProgram(
            "/bin/sh",
            ["-c", "trap '' HUP; exec \"$0\" run fleet.yaml", ChildProgram.executable("twinfleet")],
            in: bench.directory.url
        )
        await program.waitForOutput(containing: "drive")
        program.signal(SIGHUP)
        await program.waitForOutput(containing: "3/600 s")
        program.signal(SIGINT)
        await program.waitForErrors(containing: "interrupted: waiting for what is in flight")
        #expect(await program.outcome().exitCode == 130)
    }
}
