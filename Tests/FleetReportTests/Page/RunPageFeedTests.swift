import FleetRunner
import IoTHub
import Testing

@testable import FleetReport
@testable import LiveServer

@Suite("A run on the live page")
struct RunPageFeedTests {
    @Test("every figure of a snapshot is on the page, under its name")
    func figures() {
        let overview = LiveOverview(SampleSnapshot.driving)
        #expect(overview.source == .run)
        #expect(overview.title == "redmond43")
        #expect(overview.hubHostName == "localhost:40443")
        #expect(overview.startedEpochMicroseconds == SampleResult.start)
        #expect(overview.elapsedSeconds == 14.321)
        #expect(overview.phase == LiveOverview.Phase("drive", seconds: 12, plannedSeconds: 20))
        #expect(
            overview.devices == [
                .init("declared", 1000), .init("connected", 998), .init("ready", 999), .init("failed", 1),
            ]
        )
        #expect(
            overview.rates == [
                .init("asked", perSecond: 1000, total: 12_000), .init("delivered", perSecond: 998, total: 11_950),
                .init("acknowledged", perSecond: 997, total: 11_945),
            ]
        )
        #expect(overview.inFlight == 11_999 - 4 - 11_950 - 2)
        #expect(
            overview.connections == [
                .init("Amqp", connected: 399, expected: 400), .init("Mqtt", connected: 599, expected: 600),
            ]
        )
        #expect(
            overview.counters == [
                .init("sent", 11_999), .init("accepted", 11_990), .init("rejected", 4), .init("superseded", 2),
                .init("overdue", 7), .init("duplicated", 0), .init("out of order", 0), .init("by other writers", 0),
                .init("reconnects", 3),
            ]
        )
        #expect(overview.errors.first == .init("drive: reported properties: 429 throttled", 12))
        #expect(overview.cpuShare == 0.171)
        #expect(overview.residentBytes == 87_031_808)
        #expect(overview.outcome == nil)
    }

    @Test("each transport has its three latencies")
    func latencies() throws {
        let snapshot = SampleSnapshot.driving
        let overview = LiveOverview(snapshot)
        #expect(overview.latencies.map(\.name) == ["Amqp", "Amqp", "Amqp", "Mqtt", "Mqtt", "Mqtt"])
        #expect(overview.latencies.prefix(3).map(\.measure) == ["sync", "delivery", "echo"])
        for (transport, rows) in [(0, 0..<3), (1, 3..<6)] {
            let view = snapshot.transports[transport]
            for (row, percentiles) in zip(overview.latencies[rows], [view.sync, view.delivery, view.echo]) {
                #expect(row.count == percentiles.count)
                #expect(row.p50 == percentiles.p50)
                #expect(row.p90 == percentiles.p90)
                #expect(row.p99 == percentiles.p99)
                #expect(row.maximum == percentiles.maximum)
            }
        }
    }

    @Test("the end has the verdict, the books and the folder; nothing happens any more, and the totals stay")
    func end() {
        let feed = LiveFeed()
        let page = RunPageFeed(feed)
        page.observe(.snapshot(SampleSnapshot.driving))
        page.finish(SampleResult.passed, folder: "runs/redmond43-1")
        let overview = feed.whole["overview"]
        let outcome = overview?["outcome"]
        #expect(outcome?["verdict"] == "PASS")
        #expect(outcome?["folder"] == "runs/redmond43-1")
        let books = outcome?["accounting"]?.arrayValue ?? []
        #expect(books.contains(["name": "sent", "count": 200]))
        #expect(books.contains(["name": "delivered", "count": 199]))
        #expect(books.contains(["name": "caught_up", "count": 1]))
        let rates = overview?["rates"]?.arrayValue ?? []
        #expect(rates.allSatisfy { $0["perSecond"] == 0 })
        #expect(rates.first?["total"] == 12_000)
    }

    @Test("a run that ends before its first snapshot has an end all the same")
    func earlyEnd() {
        let feed = LiveFeed()
        var result = SampleResult.passed
        result.verdict = .invalid
        result.wasInterrupted = true
        result.reasons = ["the load was not delivered"]
        RunPageFeed(feed).finish(result, folder: nil)
        let overview = feed.whole["overview"]
        #expect(overview?["title"] == "redmond43")
        #expect(overview?["outcome"]?["reasons"] == ["The run was interrupted.", "the load was not delivered"])
        #expect(overview?["outcome"]?["interrupted"] == true)
        #expect(overview?["outcome"]?["folder"] == .null)
    }

    @Test("the page's size does not grow with the errors or the fleet")
    func size() {
        var snapshot = SampleSnapshot.driving
        snapshot.errors = (0..<1000).map { number in
            ErrorGroup(phase: .drive, reason: String(repeating: "\(number) ", count: 500), count: 1, firstDevices: [])
        }
        let overview = LiveOverview(snapshot)
        #expect(overview.errors.count == 20)
        #expect(overview.json.text.utf8.count < 10_000)
        #expect(overview.chartJSON.text.utf8.count < 2000)
    }
}
