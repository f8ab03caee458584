import FleetRunner
import Foundation
import IoTHub
import TestKit
import Testing

@testable import FleetReport

/// What the outputs must agree on even where a verdict hangs on the small print.
@Suite("One story in small print")
struct OneStoryTests {
    private func differing(allowed: Bool) -> RunResult {
        var result = SampleResult.passed
        var query = QueryOutcome(condition: "tags.plant = 'Redmond43'")
        query.expected = 3
        query.returned = 2
        query.missing = ["press-1"]
        result.queries = [query]
        result.thresholds = [
            ThresholdOutcome(
                text: allowed ? "query_mismatches: <= 5" : "query_mismatches: == 0",
                isDefault: !allowed,
                passed: allowed,
                observed: "1",
                observedValue: 1,
                sampleCount: nil
            )
        ]
        result.verdict = allowed ? .pass : .fail
        return result
    }

    @Test("a query that differs by what the thresholds allow is no failure in any output", arguments: [true, false])
    func allowedQuery(isAllowed: Bool) throws {
        var result = differing(allowed: isAllowed)
        // Another threshold that fails does not make this query's fault of it.
        if isAllowed { result.verdict = .fail }
        let terminal = SummaryText.render(result, hubUsage: nil, style: Style(isColored: false))
        #expect(terminal.contains("FAIL  tags.plant") == !isAllowed)
        #expect(terminal.contains("allow tags.plant") == isAllowed)
        let page = try HTMLFile(HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks()))
        #expect(page.rows("Queries").last?.first == (isAllowed ? "allowed" : "FAIL"))
        let junit = JUnitXML.text(result)
        let query = try #require(junit.split(separator: "<testcase").first { $0.contains("tags.plant = ") })
        #expect(query.contains("<failure") == !isAllowed)
    }

    @Test("a PASS that was interrupted is doubtful everywhere, as its exit code says")
    func interrupted() throws {
        var result = SampleResult.passed
        result.wasInterrupted = true
        #expect(result.exitCode == .interrupted)
        #expect(MarkdownSummary.text(result).hasPrefix("## ⚠️ PASS: redmond43, interrupted"))
        let terminal = SummaryText.render(result, hubUsage: nil, style: Style(isColored: true))
        #expect(terminal.contains("\u{1B}[33mPASS\u{1B}[0m"))
        #expect(JUnitXML.text(result).contains("<error"))
    }

    @Test("an interrupted run says in all outputs how much of its schedule was asked for")
    func planned() throws {
        var result = SampleResult.passed
        result.wasInterrupted = true
        result.load.plannedChanges = 2400
        result.accounting.intended = 463
        let words = "463 of 2,400 scheduled changes were asked for before the run was interrupted."
        #expect(MarkdownSummary.text(result).contains("- \(words)"))
        #expect(SummaryText.render(result, style: Style(isColored: false)).contains("  - \(words)"))
        #expect(try HTMLFile(HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks())).text.contains(words))
        #expect(SummaryJSON.document(result)["load"]?["planned_changes"] == 2400)
        result.load.plannedChanges = 463
        #expect(result.interruption == "The run was interrupted after all 463 scheduled changes had been asked for.")
        result.wasInterrupted = false
        #expect(result.interruption == nil)
    }

    @Test("twins that could not be read are not told as different ones, in any output")
    func unread() throws {
        var result = SampleResult.passed
        result.verifiedDevices = 37
        result.mismatches = ["a", "a.b"].map {
            Mismatch(deviceID: "press-1", path: $0, desired: "1", reported: "2")
        }
        result.mismatches += ["x01", "x02"].map {
            Mismatch(deviceID: $0, path: "", desired: "a twin", reported: "not readable: the hub answered 404")
        }
        let words = "37 twins compared, 1 different, 2 could not be read"
        let terminal = SummaryText.render(result, style: Style(isColored: false))
        #expect(terminal.contains(words))
        #expect(terminal.contains("  not read        x02: not readable: the hub answered 404"))
        #expect(MarkdownSummary.text(result).contains(words))
        #expect(try HTMLFile(HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks())).text.contains(words))
        #expect(SummaryJSON.document(result)["unread_twins"] == 2)
        result.mismatches = []
        #expect(result.verification == "37 twins compared, 0 different")
    }

    @Test("devices that were not connected at the end are named with their reasons in all outputs")
    func disconnected() throws {
        var result = SampleResult.passed
        result.devices.disconnected = (1...7).map { NotReadyDevice(deviceID: "press-\($0)", reason: "it is disabled") }
        let words = "7 devices were not connected at the end"
        let terminal = SummaryText.render(result, style: Style(isColored: false))
        #expect(terminal.contains(words) && terminal.contains("press-5: it is disabled"))
        #expect(MarkdownSummary.text(result).contains("\(words):\n\n- press-1: it is disabled"))
        let page = try HTMLFile(HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks()))
        #expect(page.rows("Devices not connected at the end").count == 8)
        #expect(SummaryJSON.document(result)["devices"]?["disconnected"]?.arrayValue?.count == 7)
    }

    @Test("no text of a file or a hub does anything to a terminal")
    func controls() {
        var result = SampleResult.passed
        result.fleetName = "evil\u{1B}[2J\u{1B}]0;title\u{7}"
        result.reasons = ["because\u{9B}31m of \u{8}this"]
        let text = SummaryText.render(result, hubUsage: nil, style: Style(isColored: false))
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(text.contains("evil\u{FFFD}[2J\u{FFFD}]0;title\u{FFFD}"))
        #expect(Format.printable("a\u{1B}[31mb\u{1B}[0m") == "a\u{1B}[31mb\u{1B}[0m")
        #expect(Format.printable("\u{1B}[") == "\u{FFFD}[")
        #expect(Format.printable("a\u{202E}b") == "a\u{FFFD}b")
    }

    @Test("a page is written through a link, and in place of a plain file")
    func special() throws {
        let folder = try TemporaryDirectory()
        let (file, link) = ("\(folder.url.path)/file", "\(folder.url.path)/link")
        try RunFolder.write("one", to: file)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        try RunFolder.write("two", to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "two")
        try RunFolder.write("three", to: file)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "three")
    }

    @Test("what the hub answered after driving counts in the rate, and in no batch")
    func late() {
        var books = BatchBooks(driving: 10_000_000)
        for second in 0..<11 {
            books.add(
                ChangeRecord(
                    deviceID: "press",
                    workloadItem: 0,
                    version: 1,
                    intendedMicroseconds: Int64(second) * 900_000,
                    sentMicroseconds: Int64(second) * 900_000,
                    acceptedMicroseconds: Int64(second) * 1_000_000,
                    deliveredMicroseconds: nil,
                    echoedMicroseconds: nil,
                    acknowledgedMicroseconds: nil,
                    lastUpdatedEpochMicroseconds: nil,
                    receivedEpochMicroseconds: nil,
                    state: .lost,
                    duplicates: 0,
                    outOfOrder: false
                )
            )
        }
        #expect(books.perSecond(.accepted) == 1.1)
    }
}
