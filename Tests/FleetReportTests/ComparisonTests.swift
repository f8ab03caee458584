import FleetRunner
import Foundation
import IoTHub
import TestKit
import Testing

@testable import FleetReport

@Suite("Runs side by side")
struct ComparisonTests {
    private func text(_ comparison: Comparison) -> String {
        ComparisonText.render(comparison, style: Style(isColored: false))
    }

    @Test("a slower run is marked, told in words, and makes exit code 1; terminal, JSON and page agree")
    func slower() throws {
        let comparison = Comparison([SampleRuns.run(seed: 1), SampleRuns.run(seed: 2, slower: 1.5)])
        try expectGolden(text(comparison), "comparison-slower.txt")
        #expect(comparison.exitCode == .fail)
        let worse = comparison.runs(.worse)
        #expect(worse.count == 12)
        let document = ComparisonJSON.document(comparison)
        let figures = try #require(document["figures"]?.arrayValue)
        let marked = figures.filter { $0["runs"]?.arrayValue?.last?["judgement"] == "worse" }
        #expect(marked.map { $0["name"] } == worse.map { .string($0.figure.key) })
        #expect(document["exit_code"] == 1 && document["same_fleet"] == true)
        let page = try HTMLFile(ComparisonPage.text(comparison))
        #expect(page.rows("Figures").count { $0.last?.hasSuffix("worse") == true } == worse.count)
        for row in page.rows("Figures").dropFirst() {
            let line = try #require(text(comparison).split(separator: "\n").first { $0.hasPrefix("  \(row[0])  ") })
            #expect(line.contains(row[1]), "\(row) \(line)")
        }
    }

    @Test("a faster run is better, and makes exit code 0")
    func faster() {
        let comparison = Comparison([SampleRuns.run(seed: 1, slower: 1.5), SampleRuns.run(seed: 2)])
        #expect(comparison.runs(.better).count == 12 && comparison.runs(.worse).isEmpty)
        #expect(comparison.exitCode == .pass)
        #expect(text(comparison).contains("run 2 better"))
    }

    @Test("fewer changes per second are worse")
    func rate() {
        let comparison = Comparison([SampleRuns.run(seed: 1), SampleRuns.run(seed: 2, changes: 2_000)])
        #expect(comparison.runs(.worse).map(\.figure.key).prefix(2) == ["accepted_per_s", "acknowledged_per_s"])
    }

    @Test("a run that was asked for less is not worse for it, and both outputs say so")
    func otherLoad() throws {
        let comparison = Comparison([
            SampleRuns.run(seed: 1) { $0.load.askedPerSecond = 60 },
            SampleRuns.run(seed: 2, changes: 2_000) { $0.load.askedPerSecond = 40 },
        ])
        #expect(!comparison.runs(.worse).contains { $0.figure.unit == .perSecond })
        #expect(text(comparison).contains("run 2 was asked 40.0/s, and run 1 60.0/s"))
        #expect(try HTMLFile(ComparisonPage.text(comparison)).text.contains("run 2 was asked 40.0/s"))
    }

    @Test("on a terminal of 80 columns no line is longer")
    func narrow() {
        let comparison = Comparison((1...4).map { SampleRuns.run(seed: UInt64($0)) })
        let text = ComparisonText.render(comparison, style: Style(isColored: false), columns: 80)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(text.contains("run 4"))
    }

    @Test("too few samples are told as such, figure by figure")
    func tooFew() {
        let comparison = Comparison([
            SampleRuns.run(seed: 1, changes: 300), SampleRuns.run(seed: 2, changes: 300, slower: 5),
        ])
        #expect(comparison.runs(.tooFewSamples).allSatisfy { $0.figure.key.contains("p99") })
        #expect(comparison.runs(.tooFewSamples).count == 4)
        #expect(comparison.runs(.worse).contains { $0.figure.key == "sync_p50_us" })
        #expect(text(comparison).contains("4 figures with too few samples to say"))
        let tiny = Comparison([SampleRuns.run(seed: 1, changes: 20), SampleRuns.run(seed: 2, changes: 20, slower: 5)])
        #expect(tiny.runs(.worse).isEmpty && tiny.exitCode == .pass && tiny.runs(.tooFewSamples).count == 14)
    }

    @Test("figures that are far off within noise are told")
    func scattered() throws {
        // A run in which a third of the time was disturbed.
        let comparison = Comparison([SampleRuns.run(seed: 1), SampleRuns.run(seed: 2, disturbed: 0.35)])
        #expect(comparison.scattered(1) > 0 && comparison.scattered(0) == 0)
        #expect(text(comparison).contains("off by 50 % or more, but the batches of these runs scatter as much"))
        #expect(try HTMLFile(ComparisonPage.text(comparison)).text.contains("repeat them"))
        #expect(!text(Comparison([SampleRuns.run(seed: 1), SampleRuns.run(seed: 3)])).contains("scatter"))
    }

    @Test("another fleet is warned of")
    func otherFleet() throws {
        let comparison = Comparison([
            SampleRuns.run(seed: 1), SampleRuns.run(seed: 2) { $0.versions.fleetFingerprint = "other" },
        ])
        #expect(!comparison.isSameFleet && text(comparison).contains("the fingerprints differ"))
        #expect(try HTMLFile(ComparisonPage.text(comparison)).text.contains("The fingerprints differ"))
    }

    @Test("ten runs fit 100 columns")
    func ten() throws {
        let comparison = Comparison((1...10).map { SampleRuns.run(seed: $0, changes: 200 * Int($0)) })
        for line in text(comparison).split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        #expect(text(comparison).contains("run 10"))
        let page = try HTMLFile(ComparisonPage.text(comparison))
        #expect(page.rows("Figures").allSatisfy { $0.count == 11 })
    }

    @Test(
        "the exit code tells the worst of what the runs and their differences say",
        arguments: [
            ([Verdict.pass, .pass], [false, false], ExitCode.pass), ([.fail, .pass], [false, false], .pass),
            ([.pass, .fail], [false, false], .fail), ([.invalid, .pass], [false, false], .invalid),
            ([.pass, .invalid], [false, true], .invalid), ([.pass, .pass], [false, true], .interrupted),
            ([.pass, .pass], [true, false], .pass), ([.pass, .fail], [false, true], .interrupted),
        ]
    )
    func exitCode(_ verdicts: [Verdict], _ interruptions: [Bool], _ code: ExitCode) {
        let runs = zip(verdicts, interruptions).enumerated().map { index, end in
            SampleRuns.run(seed: UInt64(index), changes: 10) {
                ($0.verdict, $0.wasInterrupted) = end
            }
        }
        #expect(Comparison(runs).exitCode == code)
    }

    @Test("runs are read from their folders, and a damaged one is named")
    func reading() throws {
        let parent = try TemporaryDirectory()
        let first = try RunFolder.write(SampleResult.passed, into: parent.url.path)
        let second = try RunFolder.write(SampleResult.failed, into: parent.url.path)
        let comparison = try Comparison(reading: [first.path, second.path + "/summary.json"])
        #expect(comparison.runs.map(\.path) == [first.path, second.path])
        #expect(comparison.figures.first { $0.key == "sync_p99_us" }?.cells.map(\.value) == [2_773, 2_773])
        try FileManager.default.removeItem(atPath: second.path + "/timeline.csv")
        let error = try #require(throws: RunReadingError.self) {
            try Comparison(reading: [first.path, second.path])
        }
        #expect(error.file == second.path + "/timeline.csv")
    }
}
