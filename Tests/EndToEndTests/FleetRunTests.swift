import CLinux
import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet run")
struct FleetRunTests {
    @Test("a small fleet passes, and its files tell the same story as its summary")
    func pass() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: Workbench.smallFleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("PASS"))

        let summary = try bench.summary()
        #expect(summary["verdict"] == "PASS")
        let accounting = try #require(summary["accounting"])
        #expect(accounting["lost"] == 0)
        let sent = try #require(accounting["sent"]?.integerValue)
        #expect(sent == 40)

        let changes = try bench.rows(of: "changes.csv")
        #expect(changes.count == Int(sent))
        #expect(Set(changes.compactMap { $0["device"] }).count == 6)
        for row in changes {
            #expect(row["state"] == "delivered")
            let times = try ["intended_us", "sent_us", "delivered_us", "echoed_us", "acknowledged_us"].map {
                try #require(row[$0].flatMap { Int64($0) }, "\($0)")
            }
            #expect(times == times.sorted())
            #expect(row["DateTimeLastDesiredPropertyChangeReceived"]?.hasSuffix("Z") == true)
        }
        let timeline = try bench.rows(of: "timeline.csv")
        #expect(timeline.compactMap { $0["delivered"].flatMap { Int64($0) } }.reduce(0, +) == sent)
    }

    @Test("the same seed gives the same changes at the same intended times")
    func deterministic() async throws {
        func intended() async throws -> [[String]] {
            let bench = try Workbench()
            let outcome = try await bench.run(fleet: Workbench.smallFleet, ["--quiet"])
            #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
            return try bench.rows(of: "changes.csv").map { [$0["device"] ?? "", $0["intended_us"] ?? ""] }
        }
        let first = try await intended()
        #expect(try await intended() == first)
        #expect(first.count == 40)
    }

    @Test("a threshold that fails gives FAIL and exit code 1")
    func fail() async throws {
        let bench = try Workbench()
        let fleet = Workbench.smallFleet.replacing("p99 < 60s", with: "p50 < 1us")
        let outcome = try await bench.run(fleet: fleet)
        #expect(outcome.exitCode == 1, "\(outcome.output)\n\(outcome.errors)")
        #expect(try bench.summary()["verdict"] == "FAIL")
        #expect(outcome.output.contains("FAIL"))
    }

    @Test("Ctrl-C drains, reports what had happened, and leaves no process behind")
    func interrupt() async throws {
        let bench = try Workbench()
        let (program, hub) = try await startLongRun(in: bench)
        program.signal(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130, "\(outcome.output)\n\(outcome.errors)")
        #expect(try bench.summary()["accounting"]?["lost"] == 0)
        #expect(kill(hub, 0) != 0)
    }

    @Test("a second Ctrl-C stops at once, without a report")
    func secondInterrupt() async throws {
        let bench = try Workbench()
        let (program, hub) = try await startLongRun(in: bench)
        let descriptor = pidfd(of: hub)
        defer { close(descriptor) }
        // A hub that does not answer keeps the run draining.
        kill(hub, SIGSTOP)
        program.signal(SIGINT)
        await program.waitForErrors(containing: "once more stops at once")
        program.signal(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130, "\(outcome.output)\n\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: bench.directory.url.appendingPathComponent("runs").path))
        kill(hub, SIGCONT)
        #expect(waitForEnd(of: descriptor, seconds: 20))
    }

    @Test("the local hub goes when its parent is killed")
    func orphan() async throws {
        let bench = try Workbench()
        let (program, hub) = try await startLongRun(in: bench)
        let descriptor = pidfd(of: hub)
        defer { close(descriptor) }
        program.signal(SIGKILL)
        #expect(await program.outcome().exitCode == 128 + SIGKILL)
        #expect(waitForEnd(of: descriptor, seconds: 20))
    }

    /// Starts a run that lasts longer than any test, and waits until it drives.
    /// - Returns: the run, and the process id of the local hub, its only child.
    private func startLongRun(in bench: Workbench) async throws -> (program: ChildProgram, hub: Int32) {
        try bench.directory.write(
            Workbench.smallFleet.replacing("duration: 2s", with: "duration: 10m"),
            to: "fleet.yaml"
        )
        let program = try bench.start("run", "fleet.yaml")
        await program.waitForOutput(containing: "drive")
        let children = Self.children(of: program.processIdentifier)
        #expect(children.count == 1)
        return (program, try #require(children.first))
    }

    private static func children(of process: Int32) -> [Int32] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.flatMap { task in
            // Foundation's way of reading a whole file by name leaks when the file has no size, as those of /proc.
            let file = FileHandle(forReadingAtPath: "/proc/\(process)/task/\(task)/children")
            let text = (try? file?.readToEnd()).flatMap { String(decoding: $0, as: UTF8.self) }
            return (text ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
    }

    /// A descriptor that becomes readable when the process ends, also if it is not our child.
    private func pidfd(of process: Int32) -> Int32 { twinfleet_pidfd_open(process) }

    private func waitForEnd(of descriptor: Int32, seconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, seconds * 1000) == 1
    }
}
