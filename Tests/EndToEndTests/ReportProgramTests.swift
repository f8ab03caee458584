import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet report", .timeLimit(.minutes(5)))
struct ReportProgramTests {
    private static let fleet = Workbench.smallFleet.replacing("rate: 20/s", with: "rate: 60/s")

    private func report(_ bench: Workbench, _ arguments: [String]) async throws -> ChildProgram.Outcome {
        try await ChildProgram(
            ChildProgram.executable("twinfleet"),
            ["report"] + arguments,
            in: bench.directory.url
        ).outcome()
    }

    @Test("the report's numbers are those of changes.csv, and a finished run tells the same again")
    func numbers() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: Self.fleet, ["--quiet"])
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let folder = try bench.runFolder().path
        let html = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        let page = try HTMLFile(html)
        let changes = try Change.all(bench.rows(of: "changes.csv"))

        #expect(
            page.rows("Where every change ended", first: "sent").first == [
                "sent", "adds up", "\(changes.count)",
                "= "
                    + ["delivered", "caught_up", "superseded", "rejected", "lost"].map { state in
                        "\(changes.count { $0.state == state }) \(state.replacing("_", with: " "))"
                    }.joined(separator: " + "),
            ]
        )
        let latencies: [(String, (Change) -> Int64)] = [
            ("delivery", { $0.delivered - $0.intended }), ("delivery_from_sent", { $0.delivered - $0.sent }),
            ("echo", { $0.acknowledged - $0.delivered }), ("sync", { $0.acknowledged - $0.intended }),
        ]
        for (name, latency) in latencies {
            let row = try #require(page.rows("Latencies", first: name).first)
            let sorted = changes.map(latency).sorted()
            #expect(row[1] == "\(sorted.count)")
            for (cell, percent) in zip(row.dropFirst(2), [50, 90, 99, 99.9, 100]) {
                // Three digits in the histogram, and three on the page.
                let exact = Double(Change.percentile(sorted, percent))
                let shown = try #require(Self.microseconds(cell))
                #expect(abs(shown - exact) <= max(1, exact * 0.007), "\(name) p\(percent): \(cell), \(exact)")
            }
        }
        let devices = Dictionary(grouping: changes, by: \.device)
        let rows = page.rows("Slowest devices").dropFirst()
        #expect(Set(rows.map { $0[0] }) == Set(devices.keys))
        let tails = try rows.map { row in
            let syncs = try #require(devices[row[0]]).map { $0.acknowledged - $0.intended }.sorted()
            #expect(row[4] == "\(syncs.count)" && row[5] == "\(syncs.count)")
            for (cell, percent) in zip(row[1...3], [50.0, 99, 100]) {
                let exact = Double(Change.percentile(syncs, percent))
                let shown = try #require(Self.microseconds(cell))
                #expect(abs(shown - exact) <= max(1, exact * 0.006), "\(row): \(exact)")
            }
            return Change.percentile(syncs, 99)
        }
        #expect(tails == tails.sorted(by: >))

        // Again from the files: the same words, the same code, the same page, the same JSON.
        let again = try await report(bench, [folder, "--html", "again.html"])
        #expect(again.exitCode == 0 && again.errors.isEmpty, "\(again.errors)")
        #expect(outcome.output.contains(again.output))
        #expect(again.output.contains("\nPASS  small\n"))
        let file = bench.directory.url.appendingPathComponent("again.html").path
        #expect(try String(contentsOfFile: file, encoding: .utf8) == html)
        let json = try await report(bench, [folder + "/summary.json", "--json"])
        #expect(json.output == (try String(contentsOfFile: folder + "/summary.json", encoding: .utf8)))
    }

    @Test("a run that failed ends with its own exit code, and compared with itself is no worse and has still failed")
    func failed() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: Self.fleet.replacing("p99 < 60s", with: "p50 < 1us"), ["--quiet"])
        #expect(outcome.exitCode == 1)
        let folder = try bench.runFolder().path
        let html = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        #expect(try HTMLFile(html).rows("Thresholds", first: "FAIL").count == 1)
        let again = try await report(bench, [folder])
        #expect(again.exitCode == 1 && again.output.contains("\nFAIL  small\n"))
        let pair = try await report(bench, [folder, folder, "--html", "pair.html"])
        #expect(pair.exitCode == 1 && pair.output.contains("differences that exceed noise\n  none"), "\(pair.output)")
        let page = try String(contentsOf: bench.directory.url.appendingPathComponent("pair.html"), encoding: .utf8)
        #expect(try HTMLFile(page).text.contains("No difference exceeds noise."))
        let json = try await report(bench, [folder, folder, "--json"])
        #expect(try JSON(parsing: json.output)["runs"]?.arrayValue?.count == 2)
    }

    @Test("what is no run, a damaged run, a page that cannot be written, and no run at all have codes of their own")
    func mistakes() async throws {
        let bench = try Workbench()
        let nothing = try await report(bench, ["runs/none"])
        #expect(nothing.exitCode == 65)
        #expect(nothing.errors.contains("twinfleet: runs/none: found nothing; expected the folder of a run"))
        #expect(try await report(bench, []).exitCode == 64)

        let outcome = try await bench.run(
            fleet: Self.fleet.replacing("duration: 2s", with: "duration: 1s"),
            ["--quiet"]
        )
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let folder = try bench.runFolder()
        let unwritable = try await report(bench, [folder.path, "--html", "no/such/folder/x.html"])
        #expect(unwritable.exitCode == 70 && unwritable.errors.contains("no/such/folder/x.html: the page cannot be"))
        let file = folder.appendingPathComponent("changes.csv")
        try Data(contentsOf: file).dropLast(20).write(to: file)
        let damaged = try await report(bench, [folder.path])
        #expect(damaged.exitCode == 65 && damaged.output.isEmpty)
        #expect(damaged.errors.contains("changes.csv:61: found a line that is cut off"), "\(damaged.errors)")
    }

    /// A row of `changes.csv` of a change that came back.
    private struct Change {
        var device: String
        var state: String
        var intended, sent, delivered, acknowledged: Int64

        static func all(_ rows: [[String: String]]) throws -> [Change] {
            try rows.map { row in
                func number(_ column: String) throws -> Int64 { try #require(row[column].flatMap { Int64($0) }) }
                return Change(
                    device: try #require(row["device"]),
                    state: try #require(row["state"]),
                    intended: try number("intended_us"),
                    sent: try number("sent_us"),
                    delivered: try number("delivered_us"),
                    acknowledged: try number("acknowledged_us")
                )
            }
        }

        /// The nearest rank.
        static func percentile(_ sorted: [Int64], _ percent: Double) -> Int64 {
            sorted[max(0, Int((Double(sorted.count) * percent / 100).rounded(.up)) - 1)]
        }
    }

    private static func microseconds(_ text: String) -> Double? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let value = Double(parts[0]) else { return nil }
        return switch parts[1] {
        case "µs": value
        case "ms": value * 1000
        case "s": value * 1_000_000
        default: nil
        }
    }
}
