import FleetRunner
import Foundation
import IoTHub
import TestKit
import Testing

@testable import FleetReport

@Suite("The files of a run")
struct FileTests {
    private func text(_ write: (([UInt8]) throws -> Void) throws -> Void) rethrows -> String {
        var bytes: [UInt8] = []
        try write { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("changes.csv has a row per change")
    func changes() throws {
        try expectGolden(text { try ChangesCSV.write(SampleResult.passed.changes, to: $0) }, "changes.csv")
    }

    @Test("a long changes.csv is written in pieces")
    func pieces() throws {
        let record = try #require(SampleResult.passed.changes.first { _ in true })
        var pieces = 0
        var rows = 0
        try ChangesCSV.write(ChangeLog(count: 5000) { _ in record }) { bytes in
            pieces += 1
            rows += bytes.count { $0 == UInt8(ascii: "\n") }
            #expect(bytes.count < 70_000)
        }
        #expect(pieces > 5)
        #expect(rows == 5001)
    }

    @Test("timeline.csv has a row per second")
    func timeline() throws {
        try expectGolden(String(decoding: TimelineCSV.bytes(SampleResult.timeline), as: UTF8.self), "timeline.csv")
    }

    @Test("summary.json has every figure")
    func summary() throws {
        let usage = LocalHubUsage(cpuSeconds: 4.2, peakResidentBytes: 61_000_000)
        try expectGolden(
            JSON.object(SummaryJSON.document(SampleResult.passed, hubUsage: usage)).readableText + "\n",
            "summary.json"
        )
    }

    @Test("summary.json of a bad run is JSON, too, and tells the same")
    func failedSummary() throws {
        let document = try JSONObject(parsing: SummaryJSON.document(SampleResult.failed).serialized())
        #expect(document["verdict"] == "INVALID")
        #expect(document["exit_code"] == 130)
        #expect(document["local_hub"] == .null)
        #expect(document["accounting"]?["balanced"] == false)
        #expect(document["devices"]?["not_ready"]?.arrayValue?.count == 7)
        #expect(document["latencies"]?.arrayValue?.count == 5)
        #expect(document["errors"]?.arrayValue?.count == 12)
    }

    @Test("junit.xml and summary.md tell of a run that passed")
    func forContinuousIntegration() throws {
        try expectGolden(JUnitXML.text(SampleResult.passed), "junit-passed.xml")
        try expectGolden(MarkdownSummary.text(SampleResult.passed), "summary-passed.md")
    }

    @Test("junit.xml and summary.md tell of a run in which all went wrong")
    func allWentWrong() throws {
        try expectGolden(JUnitXML.text(SampleResult.failed), "junit-failed.xml")
        try expectGolden(MarkdownSummary.text(SampleResult.failed), "summary-failed.md")
    }

    @Test("terminal, JSON, JUnit, Markdown and exit code tell the same story", arguments: Story.all)
    func sameStory(_ story: Story) throws {
        let result = story.result
        let isGood = result.exitCode == .pass
        let junit = try JUnitFile(JUnitXML.text(result))
        #expect((junit.failures + junit.errors == 0) == isGood, "\(junit)")
        #expect(junit.sums["failures"] == String(junit.failures) && junit.sums["errors"] == String(junit.errors))
        #expect(junit.sums["tests"] == String(junit.cases))
        // Nothing but a figure of the hub's is a failure; what makes the run worthless is an error.
        #expect((junit.errors > 0) == (result.verdict == .invalid || result.wasInterrupted))
        let document = SummaryJSON.document(result)
        #expect(document["verdict"] == .string(result.verdict.rawValue))
        #expect(document["exit_code"] == .integer(Int64(result.exitCode.rawValue)))
        let markdown = MarkdownSummary.text(result)
        let terminal = SummaryText.render(result, style: Style(isColored: false))
        let report = HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks(result.changes))
        let page = try HTMLFile(report)
        for text in [markdown, terminal, page.text] {
            #expect(text.contains(result.verdict.rawValue))
            #expect(text.contains("interrupted") == result.wasInterrupted)
        }
        // The same figures, in the same words.
        for (metric, histogram) in result.latencies.first?.groups.first?.histograms ?? [:] {
            let figures = [50, 90, 99, 99.9].map { Format.time(microseconds: histogram.percentile($0)) }
            #expect(
                page.rows("Latencies", first: metric.rawValue).contains { $0.dropFirst(2).prefix(4) == figures[...] }
            )
            #expect(
                terminal.split(separator: "\n").contains { line in
                    line.hasPrefix("  \(metric.rawValue) ") && figures.allSatisfy { line.contains($0) }
                }
            )
            #expect(
                markdown.contains(
                    "`\(metric.rawValue)` | \(Format.count(histogram.count)) | " + figures.joined(separator: " | ")
                )
            )
        }
        for balance in result.accounting.balances {
            let row = page.rows("Where every change ended", first: balance.name).first
            #expect(row?[2] == Format.count(balance.total))
            #expect((row?[1] == "adds up") == balance.holds)
        }
        #expect(page.rows("Thresholds", first: "FAIL").count == result.thresholds.count { !$0.passed })
        #expect(
            page.rows("Thresholds", first: "FAIL").count == terminal.components(separatedBy: "\n  FAIL  ").count - 1
                - result.queries.count { !$0.agrees }
        )
        for reason in result.reasons { #expect(page.text.contains(reason)) }
        for verdict in Verdict.allCases where verdict != result.verdict {
            #expect(!report.contains("class=\"badge\">\(verdict.rawValue)"))
            #expect(!markdown.contains("## ✅ \(verdict.rawValue)") && !markdown.contains("## ❌ \(verdict.rawValue)"))
        }
    }

    @Test("what a hub says cannot break the files")
    func hostileTexts() throws {
        var result = SampleResult.failed
        let hostile = "</testcase>\u{0}\u{1B}[31m\u{FFFE}]]>&\"'|`<script>\n# x"
        result.fleetName = hostile
        result.errors[0].reason = hostile
        result.reasons = [hostile]
        result.queries = [QueryOutcome(condition: hostile)]
        result.queries[0].failure = hostile
        let junit = try JUnitFile(JUnitXML.text(result))
        #expect(junit.cases > 3)
        #expect(junit.messages.contains { $0.contains("<script>") && $0.contains("]]>&\"'|`") })
        let markdown = MarkdownSummary.text(result)
        #expect(!markdown.contains("<script>") && !markdown.contains("\u{1B}") && !markdown.contains("\n# x"))
    }

    @Test("a folder has the files, whole, and the next run of that second gets its own")
    func folder() throws {
        let parent = try TemporaryDirectory()
        let runs = parent.url.path + "/deep/runs"
        let first = try RunFolder.write(SampleResult.passed, into: runs)
        let second = try RunFolder.write(SampleResult.passed, into: runs)
        #expect(first.path == runs + "/redmond43-20240506T070809Z")
        #expect(second.path == runs + "/redmond43-20240506T070809Z-2")
        let names = try FileManager.default.contentsOfDirectory(atPath: first.path).sorted()
        #expect(names == RunFolder.fileNames.sorted())
        let third = try RunFolder.write(SampleResult.failed, into: runs)
        #expect(third.path == runs + "/a-fleet-with-a-name-that-is-long-and-has-a-slash-20240506T070809Z")
    }

    @Test("a folder that cannot be made is an error that names it")
    func unwritable() throws {
        let parent = try TemporaryDirectory()
        let file = try parent.write("", to: "file")
        do {
            _ = try RunFolder.write(SampleResult.passed, into: file)
            Issue.record("written into a file")
        } catch {
            let words = "\(error)"
            #expect(words.contains("cannot be written to \(file): Not a directory. Name a folder"), "\(words)")
        }
    }

    @Test("whether a folder can be written is told before a run, and nothing is left of the trial")
    func outputCheck() throws {
        let parent = try TemporaryDirectory()
        let deep = parent.url.path + "/deep/runs"
        try RunFolder.check(parent: deep)
        #expect(!FileManager.default.fileExists(atPath: parent.url.path + "/deep"))
        try RunFolder.check(parent: parent.url.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.url.path).isEmpty)
        let error = #expect(throws: RunFolder.WritingError.self) { try RunFolder.check(parent: "/dev/null/x") }
        #expect(error?.path == "/dev/null/x" && error?.reason == "Not a directory")
        let file = try parent.write("kept", to: "file")
        #expect(throws: RunFolder.WritingError.self) { try RunFolder.check(parent: file) }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "kept")
    }
}
