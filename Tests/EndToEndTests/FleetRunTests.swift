import CLinux
import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet run", .timeLimit(.minutes(5)))
struct FleetRunTests {
    @Test("a small fleet passes, and its files tell the same story as its summary")
    func pass() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: Workbench.smallFleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        try bench.expectOneStory(outcome, "PASS")
        // Nobody shall take a verdict of the tests' kind for a measurement.
        #expect(outcome.output.contains("\nnote    schedule lag was judged by 60000 ms"), "\(outcome.output)")

        let summary = try bench.summary()
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

    @Test("the shipped plant: the article's two queries return exactly the expected devices")
    func plant() async throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../fleets/redmond43.yaml").standardized
        let fleet = try String(contentsOf: file, encoding: .utf8)
            .replacing("duration: 30s", with: "duration: 2s")
            // How fast a busy machine is does not decide a test.
            .replacing("p50 < 50ms, p99 < 500ms", with: "p99 < 60s").replacing("p99 < 1s", with: "p99 < 60s")
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: fleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let queries = try #require(bench.summary()["queries"]?.arrayValue)
        #expect(queries.map { $0["expected"] } == [61, 19])
        #expect(queries.map { $0["returned"] } == [61, 19])
        #expect(queries.allSatisfy { $0["agrees"] == true && $0["rows"] == $0["returned"] && $0["pages"] == 1 })
        #expect(outcome.output.contains("\nqueries\n  ok    tags.location.plant = 'Redmond43'\n"))
        #expect(outcome.output.contains("2 of 2 queries agree"))
        // The second item of the workload goes to those that the second query selects.
        let changes = try bench.rows(of: "changes.csv")
        let chosen = Set(changes.filter { $0["workload_item"] == "1" }.compactMap { $0["device"] })
        #expect(chosen.count == 10 && !chosen.contains { $0.hasPrefix("munich7") })
    }

    @Test("what a variable in a query holds is neither printed nor written")
    func secretQuery() async throws {
        let bench = try Workbench()
        let fleet = Workbench.smallFleet.replacing("plant: \"Munich{index%2}\"", with: "plant: \"${PLANT}\"")
            .replacing("thresholds:", with: "queries: [\"tags.location.plant = '${PLANT}'\"]\nthresholds:")
        let outcome = try await bench.run(fleet: fleet, environment: ["PLANT": "geheim7"])
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("\n  ok    tags.location.plant = '${PLANT}'\n"), "\(outcome.output)")
        #expect(!(outcome.output + outcome.errors).contains("geheim"))
        #expect(try bench.summary()["queries"]?.arrayValue?.first?["condition"] == "tags.location.plant = '${PLANT}'")
        let folder = try bench.runFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            #expect(!text.contains("geheim"), "\(name)")
        }
    }

    @Test(
        "the shipped fleet over both protocols passes, with AMQP connections alone or shared",
        arguments: [false, true]
    )
    func mixed(isPooled: Bool) async throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../fleets/mixed.yaml").standardized
        let fleet = try String(contentsOf: file, encoding: .utf8)
            .replacing("count: 1000", with: "count: 100").replacing("rate: 500/s", with: "rate: 50/s")
            .replacing("duration: 30s", with: (isPooled ? "amqp: { pool: 20 }\n" : "") + "duration: 2s")
            // How fast a busy machine is does not decide a test.
            .replacing("p50 < 50ms, p99 < 500ms", with: "p99 < 60s").replacing("p99 < 1s", with: "p99 < 60s")
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: fleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.count { $0.prefix(2) == ["transport", "Amqp"] } == 5, "\(outcome.output)")
        #expect(rows.count { $0.prefix(2) == ["transport", "Mqtt"] } == 5, "\(outcome.output)")
        // And both side by side: devices, changes, three pairs of percentiles.
        #expect(outcome.output.contains("\nby transport "))
        #expect(rows.contains { $0.prefix(2) == ["Amqp", "40"] && $0.count == 15 }, "\(outcome.output)")
        #expect(rows.contains { $0.prefix(2) == ["Mqtt", "60"] && $0.count == 15 }, "\(outcome.output)")
        let changes = try bench.rows(of: "changes.csv")
        #expect(changes.count == 100 && changes.allSatisfy { $0["state"] == "delivered" })
    }

    @Test("what the local hub used is counted by itself, not with an expensive child of the program before this one")
    func hubUsage() async throws {
        let bench = try Workbench()
        try bench.directory.write(
            Workbench.smallFleet.replacing("duration: 2s", with: "duration: 1s"),
            to: "fleet.yaml"
        )
        // As scripts/run does: a shell has children, then becomes the program. A line of 300 MB and 4 s of one processor
        // are more than any hub of six devices needs in a second; the shell tells what its children took.
        let script = """
            head -c 300000000 /dev/zero | tail -n 1 | wc -c
            (ulimit -c 0; ulimit -t 4; while :; do :; done)
            times
            exec "$0" run fleet.yaml --quiet
            """
        let outcome = try await ChildProgram(
            "/bin/sh",
            ["-c", script, ChildProgram.executable("twinfleet")],
            in: bench.directory.url,
            environment: Workbench.patience
        ).outcome()
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "300000000")
        // Minutes and seconds of the children, user and system: "0m0.170000s 0m1.640000s".
        let times = try #require(lines.dropFirst(2).first).split(separator: " ").compactMap { time in
            time.split(separator: "m").last.flatMap { Double($0.dropLast()) }
        }
        #expect(times.count == 2)
        let usage = try #require(bench.summary()["local_hub"])
        let bytes = try #require(usage["peak_resident_bytes"]?.integerValue)
        #expect((5_000_000..<280_000_000).contains(bytes))
        let seconds = try #require(usage["cpu_s"]?.doubleValue)
        let burnt = times.reduce(0, +)
        #expect(burnt >= 3.5, "\(times)")
        #expect(seconds > 0 && seconds < burnt, "\(seconds) \(times)")
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
        try bench.expectOneStory(outcome, "FAIL")
    }

    @Test("a load that cannot be delivered gives INVALID and exit code 2")
    func invalid() async throws {
        let bench = try Workbench()
        // A device's changes go out one after the other, each a round trip: 333 microseconds are not enough for one. Judged
        // as users' runs are.
        let fleet = Workbench.smallFleet.replacing("count: 6", with: "count: 1")
            .replacing("duration: 2s", with: "duration: 1s").replacing("rate: 20/s", with: "rate: 3000/s")
        let outcome = try await bench.run(fleet: fleet, environment: ["TWINFLEET_LAG_LIMIT_MS": ""])
        #expect(outcome.exitCode == 2, "\(outcome.output)\n\(outcome.errors)")
        #expect(!outcome.output.contains("schedule lag was judged by"))
        try bench.expectOneStory(outcome, "INVALID")
    }

    @Test("Ctrl-C drains, reports what had happened, and leaves no process behind")
    func interrupt() async throws {
        let bench = try Workbench()
        let (program, hub) = try await startLongRun(in: bench)
        program.signal(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130, "\(outcome.output)\n\(outcome.errors)")
        #expect(try bench.summary()["accounting"]?["lost"] == 0)
        // How much of its load a run of a moment delivered is the machine's to say.
        let verdict = try #require(bench.summary()["verdict"]?.stringValue)
        try bench.expectOneStory(outcome, verdict, interrupted: true)
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
        // Also when something below fails: a stopped process would stay for ever.
        defer { kill(hub, SIGCONT) }
        program.signal(SIGINT)
        await program.waitForErrors(containing: "once more stops at once")
        program.signal(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130, "\(outcome.output)\n\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: bench.directory.url.appendingPathComponent("runs").path))
        kill(hub, SIGCONT)
        #expect(waitForEnd(of: descriptor, seconds: 20))
        // The kernel hangs up on a stopped process whose parent has gone.
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.temporaryFolder.path) == [])
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
        let program = try bench.start("run", "fleet.yaml", environment: ["TMPDIR": bench.temporaryFolder.path])
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
