import FleetRunner
import Foundation
import TestKit
import Testing

@testable import FleetReport

@Suite("report.html")
struct HTMLReportTests {
    private func page(_ result: RunResult) throws -> HTMLFile {
        try HTMLFile(HTMLReport.text(result, hubUsage: nil, devices: DeviceBooks(result.changes)))
    }

    @Test("a run that passed: verdict, thresholds, sums, latencies, charts")
    func passed() throws {
        let page = try page(SampleResult.passed)
        #expect(page.text.contains("PASS"))
        #expect(page.rows("Thresholds", first: "ok").count == 3)
        #expect(
            page.rows("Where every change ended", first: "sent")
                == [
                    [
                        "sent", "adds up", "200", "= 199 delivered + 1 caught up + 0 superseded + 0 rejected + 0 lost",
                    ]
                ]
        )
        #expect(
            page.rows("Latencies", first: "sync").first == [
                "sync", "200", "1.40 ms", "2.52 ms", "2.77 ms", "2.80 ms", "2.80 ms",
            ]
        )
        #expect(page.rows("Phases").count == 9)
        #expect(page.rows("Errors by reason").isEmpty)
        // Latency over time, distributions of all and of three latencies by transport, load, machine.
        #expect(page.lines.count == 4 + 5 + 3 * 2 + 5 + 2)
    }

    @Test("a run in which all went wrong names the devices and the reasons")
    func failed() throws {
        let page = try page(SampleResult.failed)
        #expect(page.text.contains("INVALID, interrupted"))
        #expect(page.text.contains("only 71.2 % of the asked load was delivered"))
        #expect(page.rows("Thresholds", first: "FAIL").count == 2)
        #expect(
            page.rows("Where every change ended", first: "intended").first?[1].hasPrefix("does not add up") == true
        )
        #expect(page.rows("Devices that never got ready").count == 8)
        #expect(page.rows("Errors by reason").count == 13)
        #expect(page.rows("Twins that differ or could not be read").count == 7)
        #expect(page.rows("Queries", first: "FAIL").count == 2)
        #expect(page.rows("Changes that did not come back").dropFirst() == [["myDeviceId", "1", "1", "0", "1", "0"]])
        #expect(page.text.contains("fell back to a WebSocket"))
    }

    @Test("a run that was over before it began still has a page")
    func empty() throws {
        let page = try page(SampleResult.empty)
        #expect(page.text.contains("INVALID") && page.text.contains("No change reached a device."))
        #expect(page.lines.isEmpty)
    }

    @Test("nothing that comes from outside becomes part of the page, and the page asks for nothing")
    func hostileTexts() throws {
        let hostile =
            "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u{0}\u{1B}[31m\u{FFFE}\u{202E}]]>&amp;'`{{x}}"
        var result = SampleResult.failed
        result.fleetName = hostile
        result.hubHostName = hostile
        result.versions = Versions(twinfleet: hostile, machine: hostile, fleetFingerprint: hostile)
        result.reasons = [hostile]
        result.phases[0].summary = hostile
        result.thresholds[0].text = hostile
        result.thresholds[0].observed = hostile
        result.thresholds[0].detail = hostile
        result.devices.notReady = [NotReadyDevice(deviceID: hostile, reason: hostile)]
        result.errors = [ErrorGroup(phase: .drive, reason: hostile, count: 1, firstDevices: [hostile])]
        result.mismatches = [Mismatch(deviceID: hostile, path: hostile, desired: hostile, reported: hostile)]
        result.queries = [QueryOutcome(condition: hostile)]
        result.queries[0].failure = hostile
        result.queries[0].missing = [hostile]
        result.foreignDevices = [hostile]
        result.clocks.explanation = hostile
        for index in result.latencies.indices {
            result.latencies[index].dimension = index == 0 ? "overall" : index == 1 ? "transport" : hostile
            result.latencies[index].groups[0].name = hostile
        }
        var change = try #require(result.changes.first { _ in true })
        change.deviceID = hostile
        result.changes = ChangeLog([change])

        let page = try page(result)
        #expect(page.elements.isDisjoint(with: ["script", "img", "iframe", "object", "form"]))
        #expect(!page.attributes.contains { $0.name.hasPrefix("on") || $0.name == "src" })
        #expect(page.attributes.filter { $0.name == "href" }.map(\.value) == ["data:,"])
        #expect(page.text.components(separatedBy: "<script>alert(1)</script>").count > 20)
        #expect(!page.text.contains("\u{1B}") && !page.text.unicodeScalars.contains("\u{202E}"))
        #expect(page.rows("Slowest devices").last?.first?.hasPrefix("\"><script>") == true)
    }

    @Test("the page of a long run with many devices stays small")
    func large() throws {
        let devices = (0..<10_000).map { "device-\($0)" }
        var result = SampleResult.passed
        result.timeline = (0..<7_200).map { second in
            var row = TimelineRow(second: second)
            row.intended = 1_000
            row.delivered = 999 + second % 3
            row.deliveryP50Microseconds = 1_000
            row.deliveryP99Microseconds = second == 3_601 ? 9_000_000 : 5_000
            row.residentBytes = 1
            return row
        }
        result.latencies.append(
            LatencyTable(
                dimension: "tags.serial",
                groups: (0..<500).map { index in
                    var histogram = LatencyHistogram()
                    histogram.record(microseconds: Int64(1_000 + index))
                    return LatencyGroup(name: "s\(index)", devices: 1, histograms: [.sync: histogram])
                }
            )
        )
        result.devices.notReady = devices.map { NotReadyDevice(deviceID: $0, reason: "no answer") }
        let record = try #require(result.changes.first { _ in true })
        var books = DeviceBooks()
        for device in devices {
            var change = record
            change.deviceID = device
            change.state = .lost
            books.add(change)
        }
        let text = HTMLReport.text(result, hubUsage: nil, devices: books)
        #expect(text.utf8.count < 250_000)
        let page = try HTMLFile(text)
        #expect(page.lines.allSatisfy { $0 <= TimelineCharts.maximumPoints })
        #expect(page.rows("Devices that never got ready").count == HTMLReport.maximumRows + 1)
        #expect(page.text.contains("and 9,980 more"))
        #expect(page.text.contains("the slowest 20"))
        #expect(page.rows("Latencies").contains { $0.first == "s499" } && !page.text.contains("s479"))
        // The one slow second is not averaged away.
        #expect(Span.gather(result.timeline, into: 600).compactMap(\.deliveryP99).max() == 9_000_000)
    }
}

@Suite("What became of each device's changes")
struct DeviceBooksTests {
    private func change(_ device: String, sync: Int64?, _ state: ChangeState = .delivered) -> ChangeRecord {
        ChangeRecord(
            deviceID: device,
            workloadItem: 0,
            version: 1,
            intendedMicroseconds: 1_000,
            sentMicroseconds: 1_000,
            acceptedMicroseconds: nil,
            deliveredMicroseconds: state == .delivered || state == .caughtUp ? 1_001 : nil,
            echoedMicroseconds: nil,
            acknowledgedMicroseconds: sync.map { 1_000 + $0 },
            lastUpdatedEpochMicroseconds: nil,
            receivedEpochMicroseconds: nil,
            state: state,
            duplicates: 0,
            outOfOrder: false
        )
    }

    @Test("the slowest come first, by the 99th percentile, then by the slowest change, then by name")
    func slowest() {
        var books = DeviceBooks()
        for sync in 1...200 as ClosedRange<Int64> { books.add(change("a", sync: sync)) }
        // One slow change in 200 is no 99th percentile.
        for sync in 1...199 as ClosedRange<Int64> { books.add(change("b", sync: sync)) }
        books.add(change("b", sync: 1_000_000))
        books.add(change("d", sync: 198))
        books.add(change("c", sync: 198))
        books.add(change("never", sync: nil, .lost))
        let slowest = books.slowest(4)
        #expect(slowest.map(\.id) == ["b", "a", "c", "d"])
        #expect(slowest.map { $0.sync(percentile: 99) } == [198, 198, 198, 198])
        #expect(slowest.map { $0.sync(percentile: 50) } == [100, 100, 198, 198])
        #expect(slowest.first?.slowestMicroseconds == 1_000_000)
        #expect(books.slowest(2).map(\.id) == ["b", "a"])
    }

    @Test("what did not come back is told apart, and what takes longer than an hour is not cut")
    func unanswered() {
        var books = DeviceBooks()
        books.add(change("good", sync: 5))
        books.add(change("good", sync: nil, .superseded))
        books.add(change("slow", sync: 9_000_000_000))
        for state in [ChangeState.lost, .rejected, .delivered, .caughtUp] { books.add(change("bad", sync: nil, state)) }
        books.add(change("b", sync: nil, .lost))
        books.add(change("a", sync: nil, .rejected))
        let (devices, total) = books.unanswered(2)
        #expect(devices.map(\.id) == ["bad", "a"] && total == 3)
        #expect(devices.map(\.missed) == [4, 1] && devices.map(\.lost) == [1, 0])
        #expect(devices.map(\.rejected) == [1, 1] && devices.map(\.unacknowledged) == [2, 0])
        #expect(books.slowest(1).first?.sync(percentile: 99) == 9_000_000_000)
    }
}

@Suite("Axes of charts")
struct ScaleTests {
    @Test("percentiles have as much room from 0 to 90 as from 90 to 99")
    func percentiles() {
        let scale = Scale.percentiles(decades: 4)
        #expect(scale.ticks.map(\.label) == ["0", "50", "90", "99", "99.9", "99.99"])
        for (percent, place) in [(0.0, 0.0), (90, 0.25), (99, 0.5), (99.9, 0.75), (99.99, 1), (100, 1)] {
            #expect(abs(scale.position(percent) - place) < 1e-6)
        }
        #expect(Scale.percent(at: 0) == 0 && abs(Scale.percent(at: 2) - 99) < 1e-9)
    }

    @Test("times are logarithmic, between round figures")
    func times() {
        let scale = Scale.time([300, 45_000])
        #expect(scale.ticks.first?.label == "200 µs" && scale.ticks.last?.label == "50 ms")
        #expect(scale.position(200) == 0 && scale.position(50_000) == 1)
        #expect(abs(scale.position((200.0 * 50_000).squareRoot()) - 0.5) < 1e-9)
        let wide = Scale.time([1, 3_000_000])
        #expect(wide.ticks.map(\.label) == ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"])
        // What is not above zero lies at the edge; so does what is no number.
        for value in [-5, 0, .nan, -.infinity] as [Double] { #expect(wide.position(value) == 0) }
        #expect(Scale.time([]).ticks.count > 1 && Scale.time([.infinity, .nan]).ticks.count > 1)
        #expect(Scale.time([1e300]).ticks.count > 1)
    }

    @Test("counts begin at zero and go in whole steps")
    func counts() {
        #expect(Scale.linear(to: 0) { "\(Int($0))" }.ticks.map(\.label) == ["0", "1"])
        #expect(Scale.linear(to: 1_003) { "\(Int($0))" }.ticks.map(\.label) == ["0", "500", "1000", "1500"])
        #expect(Scale.linear(to: .nan) { "\(Int($0))" }.ticks.count == 2)
        #expect(Scale.linear(to: 1e300) { "\($0)" }.ticks.count > 1)
    }

    @Test("seconds become minutes and hours")
    func seconds() {
        #expect(Scale.seconds(to: 20).ticks.map(\.label).last == "20 s")
        #expect(Scale.seconds(to: 170).ticks.map(\.label).suffix(2) == ["2 min", "2:30"])
        #expect(Scale.seconds(to: 7_200).ticks.map(\.label).contains("1 h"))
        #expect(Scale.seconds(to: 1e12).ticks.count == 7)
    }
}
