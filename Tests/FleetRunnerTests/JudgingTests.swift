import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("The verdict")
struct JudgingTests {
    private func result(_ change: (inout RunResult) -> Void = { _ in }) -> RunResult {
        var result = RunResult(
            fleetName: "test",
            seed: 1,
            startedEpochMicroseconds: 0,
            hubHostName: "hub",
            versions: Versions(twinfleet: "1", machine: "m", fleetFingerprint: "0")
        )
        result.phases = [PhaseResult(phase: .drive, start: .zero, duration: .seconds(1), summary: "")]
        result.accounting.intended = 10
        result.accounting.sent = 10
        result.accounting.delivered = 10
        result.accounting.acknowledged = 10
        result.load.askedPerSecond = 10
        result.load.acceptedPerSecond = 10
        var sync = LatencyHistogram()
        for value in 1...100 { sync.record(microseconds: Int64(value) * 1000) }
        result.latencies = [
            LatencyTable(
                dimension: "overall",
                groups: [LatencyGroup(name: "all", devices: 1, histograms: [.sync: sync])]
            )
        ]
        change(&result)
        return result
    }

    private func judged(_ result: RunResult, _ thresholds: [Threshold] = []) -> (Verdict, String) {
        var result = result
        result.thresholds = ThresholdJudge.outcomes(thresholds, of: result)
        let (verdict, reasons) = VerdictJudge.judge(result, configuration: RunConfiguration())
        return (verdict, reasons.joined(separator: "\n"))
    }

    private func threshold(
        _ subject: Threshold.Subject,
        _ statistic: Threshold.Statistic,
        below limit: Double
    ) -> Threshold {
        Threshold(text: "t", subject: subject, statistic: statistic, comparison: .less, limit: limit)
    }

    @Test("a sound run with nothing wrong passes")
    func pass() {
        #expect(judged(result()) == (.pass, ""))
        #expect(judged(result(), [threshold(.sync, .percentile(50), below: 51_000)]).0 == .pass)
    }

    @Test("a threshold that does not hold fails, and so does one without samples")
    func fail() {
        #expect(judged(result(), [threshold(.sync, .percentile(99), below: 98_000)]).0 == .fail)
        let (verdict, reasons) = judged(result(), [threshold(.hubToDevice, .percentile(50), below: 1e9)])
        #expect(verdict == .fail && reasons.contains("no samples"))
    }

    @Test("lost changes, devices that never got ready and twins that differ fail without being asked for")
    func defaults() {
        let lost = result {
            $0.accounting.lost = 1
            $0.accounting.delivered = 9
            $0.accounting.acknowledged = 9
        }
        #expect(judged(lost).0 == .fail)
        #expect(judged(result { $0.devices.notReady = [NotReadyDevice(deviceID: "d", reason: "r")] }).0 == .fail)
        let mismatch = Mismatch(deviceID: "d", path: "p", desired: "1", reported: "2")
        #expect(judged(result { $0.mismatches = [mismatch] }).0 == .fail)
        let mine = Threshold(text: "lost: <= 1", subject: .lost, statistic: .value, comparison: .lessOrEqual, limit: 1)
        #expect(judged(lost, [mine]).0 == .pass)
    }

    @Test("a hub that disagrees with a query fails, unless the file allows as many")
    func queries() {
        var agreed = QueryOutcome(condition: "status = 'enabled'")
        agreed.expected = 3
        #expect(judged(result { $0.queries = [agreed] }) == (.pass, ""))
        var disagreed = agreed
        disagreed.missing = ["a", "b", "c", "d"]
        disagreed.unexpected = ["e"]
        let bad = result { $0.queries = [agreed, disagreed] }
        let (verdict, reasons) = judged(bad)
        #expect(verdict == .fail)
        #expect(
            reasons == "query_mismatches: == 0 failed: 5 (status = 'enabled': missing a, b, c, …; unexpected e)",
            "\(reasons)"
        )
        let mine = Threshold(
            text: "query_mismatches: <= 5",
            subject: .queryMismatches,
            statistic: .value,
            comparison: .lessOrEqual,
            limit: 5
        )
        #expect(judged(bad, [mine]) == (.pass, ""))
        let outcomes = ThresholdJudge.outcomes([], of: result())
        #expect(!outcomes.contains { $0.text.hasPrefix("query_mismatches") })
    }

    @Test("a query without an answer fails whatever the file allows")
    func unanswered() {
        var unanswered = QueryOutcome(condition: "status = 'enabled'")
        unanswered.expected = 3
        unanswered.failure = "the hub answered 400"
        let mine = Threshold(
            text: "query_mismatches: <= 5",
            subject: .queryMismatches,
            statistic: .value,
            comparison: .lessOrEqual,
            limit: 5
        )
        let (verdict, reasons) = judged(result { $0.queries = [unanswered] }, [mine])
        #expect(verdict == .fail)
        #expect(reasons == "the hub did not answer the query status = 'enabled': the hub answered 400")
    }

    @Test("books that do not balance prove nothing")
    func imbalance() {
        let (verdict, reasons) = judged(result { $0.accounting.sent = 9 })
        #expect(verdict == .invalid && reasons.contains("balance"))
    }

    @Test(
        "a load that was not delivered proves nothing, with the share in the reason",
        arguments: [(9.79, true), (9.81, false)]
    )
    func load(delivered: Double, isInvalid: Bool) {
        let (verdict, reasons) = judged(result { $0.load.acceptedPerSecond = delivered })
        #expect((verdict == .invalid) == isInvalid)
        #expect(reasons.contains("98.0 %") == isInvalid)
    }

    @Test("a load that the hub refused fails, since it was put to it", arguments: [(2, false), (3, true)])
    func refusals(rejected: Int, isFailure: Bool) {
        let (verdict, reasons) = judged(
            result { result in
                result.accounting.intended = 100
                result.accounting.sent = 100
                result.accounting.rejected = rejected
                result.accounting.delivered = 100 - rejected
                result.accounting.acknowledged = 100 - rejected
                result.load.actualDuration = .seconds(10)
                result.load.acceptedPerSecond = Double(100 - rejected) / 10
            }
        )
        #expect(verdict == (isFailure ? .fail : .pass))
        #expect(reasons == (isFailure ? "the hub refused 3 of 100 changes (3.0 %, at most 2.0 % allowed)" : ""))
    }

    @Test("a generator that was late proves nothing")
    func lag() {
        let (verdict, reasons) = judged(result { $0.load.scheduleLagP99Microseconds = 150_000 })
        #expect(verdict == .invalid && reasons.contains("150 ms late"))
    }

    @Test("a run that never drove proves nothing")
    func undriven() { #expect(judged(result { $0.phases = [] }).0 == .invalid) }
}

@Suite("Figures")
struct FigureTests {
    @Test("the clock offset lies within the tightest answer")
    func clocks() {
        var estimator = ClockEstimator()
        estimator.add(lastUpdated: 1_000_500, sent: 1_000_000, accepted: 1_002_000)
        estimator.add(lastUpdated: 2_000_600, sent: 2_000_000, accepted: 2_000_400)
        let estimate = estimator.estimate(isOnThisMachine: false, hubToDeviceSamples: 2)
        #expect(estimate.offsetMicroseconds == 400 && estimate.boundMicroseconds == 200)
        #expect(estimator.estimate(isOnThisMachine: true, hubToDeviceSamples: 2).offsetMicroseconds == 0)
        let none = ClockEstimator().estimate(isOnThisMachine: false, hubToDeviceSamples: 0)
        #expect(none.offsetMicroseconds == nil)
    }

    @Test("the timeline puts each event into its second, and its sums are the books'")
    func timeline() {
        var builder = TimelineBuilder(start: 1_000_000, end: 3_500_000)
        var entry = ChangeEntry(planned: 0, sent: 1_100_000)
        entry.accepted = 1_200_000
        entry.delivered = 2_100_000
        entry.acknowledged = 2_300_000
        entry.state = .delivered
        builder.add(intended: 1_050_000)
        builder.add(entry, intended: 1_050_000)
        let rows = builder.rows(with: [])
        #expect(rows.count == 3)
        #expect(rows.map(\.sent) == [1, 0, 0] && rows.map(\.delivered) == [0, 1, 0])
        #expect(rows.map(\.inFlight) == [1, 0, 0])
        #expect(rows[1].deliveryP50Microseconds == 1_050_000 && rows[1].syncP99Microseconds == 1_250_000)
        #expect(rows[0].deliveryP50Microseconds == nil)
    }

    @Test("what is refused or overtaken is in flight until that is known")
    func timelineOfRefusals() {
        var builder = TimelineBuilder(start: 0, end: 3_000_000)
        for (state, end) in [(ChangeState.rejected, Int64(1_500_000)), (.superseded, 2_500_000), (.lost, 0)] {
            var entry = ChangeEntry(planned: 0, sent: 100_000)
            (entry.state, entry.ended) = (state, end)
            builder.add(entry, intended: 100_000)
        }
        let rows = builder.rows(with: [])
        #expect(rows.map(\.inFlight) == [3, 2, 1] && rows.map(\.rejected) == [0, 1, 0])
    }

    @Test("a second without a sample has the connections and the memory of the last one, and no CPU time")
    func timelineSamples() {
        var sample = TimelineRow(second: 0)
        (sample.connected, sample.residentBytes, sample.cpuSeconds, sample.reconnects) = (7, 1000, 0.5, 2)
        let rows = TimelineBuilder(start: 0, end: 1_500_000).rows(with: [sample])
        #expect(rows.map(\.connected) == [7, 7] && rows.map(\.residentBytes) == [1000, 1000])
        #expect(rows.map(\.cpuSeconds) == [0.5, 0] && rows.map(\.reconnects) == [2, 0])
    }

    @Test("percentiles are nearest ranks")
    func percentiles() {
        #expect(NearestRank.value(50, of: [Int]()) == nil)
        #expect(NearestRank.value(1, of: [7]) == 7 && NearestRank.value(100, of: [7]) == 7)
        let sorted = Array(1...100)
        #expect(NearestRank.value(50, of: sorted) == 50 && NearestRank.value(99, of: sorted) == 99)
        #expect(NearestRank.value(0, of: sorted) == 1 && NearestRank.value(100, of: sorted) == 100)
    }

    @Test("a histogram keeps count, least and greatest exactly, also when merged")
    func histogram() {
        var one = LatencyHistogram()
        for value in [3, 1_234_567, -5] { one.record(microseconds: Int64(value)) }
        var two = LatencyHistogram()
        two.record(microseconds: 4_000_000_000)
        one.merge(two)
        #expect(one.count == 4 && one.minimumMicroseconds == -5 && one.maximumMicroseconds == 4_000_000_000)
        #expect(one.negativeCount == 1 && one.clippedCount == 1)
    }

    @Test("of a tag with very many values the greatest groups are kept apart, the others are one")
    func manyGroups() {
        let devices = (0..<1000).map { index in
            FleetDevice(
                id: "press-\(index)",
                index: index,
                transport: .mqtt,
                connectivity: nil,
                tags: ["serial": .integer(Int64(index < 100 ? 0 : index))]
            )
        }
        var fleet = Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: 1,
            duration: .seconds(1),
            devices: devices,
            workload: []
        )
        fleet.latencyTags = ["tags.serial"]
        var books = LatencyBooks(fleet: fleet, transports: [])
        for device in devices.indices {
            var entry = ChangeEntry(planned: 0, sent: 110)
            entry.delivered = 200
            books.add(entry, device: device, intended: 100)
        }
        let groups = books.tables.last?.groups ?? []
        #expect(groups.count == LatencyBooks.maximumGroups)
        #expect(groups.first { $0.name == "0" }?.devices == 100)
        #expect(groups.first { $0.name == LatencyBooks.others }?.devices == 1000 - 100 - 198)
        #expect(groups.reduce(0) { $0 + ($1.histograms[.delivery]?.count ?? 0) } == 1000)
    }

    @Test("latencies are grouped by transport, connectivity and tag")
    func groups() throws {
        var fleet = Fleet(
            file: "f",
            name: "f",
            duration: .seconds(1),
            devices: [
                FleetDevice(id: "a", transport: .mqtt, connectivity: "wifi", tags: ["location": ["plant": "M1"]]),
                FleetDevice(id: "b", index: 1, transport: .mqttTcpOnly, connectivity: nil, tags: [:]),
            ],
            workload: []
        )
        fleet.latencyTags = ["tags.location.plant"]
        var books = LatencyBooks(fleet: fleet, transports: [])
        var entry = ChangeEntry(planned: 0, sent: 110)
        entry.delivered = 200
        entry.acknowledged = 300
        books.add(entry, device: 1, intended: 100)
        let tables = books.tables
        #expect(tables.map(\.dimension) == ["overall", "transport", "connectivity", "tags.location.plant"])
        #expect(tables[1].groups.map(\.name) == ["Mqtt", "Mqtt_Tcp_Only"])
        #expect(tables[1].groups[0].histograms.isEmpty)
        #expect(tables[1].groups[1].histograms[.sync]?.maximumMicroseconds == 200)
        #expect(tables[3].groups.map(\.name) == ["-", "M1"])
        #expect(tables[0].groups[0].histograms[.deliveryFromSent]?.maximumMicroseconds == 90)
        #expect(tables[0].groups[0].histograms[.hubToDevice] == nil)
    }

    @Test("a tier's limits follow the documentation")
    func limits() {
        #expect(HubLimits(tier: .s1, units: 1).connectionsPerSecond == 100)
        #expect(HubLimits(tier: .s1, units: 20).connectionsPerSecond == 240)
        #expect(HubLimits(tier: .s2, units: 20).twinUpdatesPerSecond == 100)
        #expect(HubLimits(tier: .s1, units: 3).queriesPerSecond == 1)
        #expect(HubLimits(tier: .s3, units: 6).queriesPerSecond == 100)
        #expect(HubLimits(tier: .s3, units: 2).identityOperationsPerSecond == 10_000.0 / 60)
    }

    @Test("an echoed property must be reported as desired; one that was removed must be gone")
    func differences() throws {
        let twin = try Twin(
            json: JSON(
                parsing: """
                    {"deviceId": "d", "tags": {}, "properties": {
                      "desired": {"a": {"b": 1, "c": 2}, "kept": 1, "never": 5, "$version": 3},
                      "reported": {"a": {"b": 1, "c": 3}, "kept": 1, "gone": true, "$version": 4}}}
                    """
            )
        )
        let found = Verifier.differences(in: twin, keys: ["a", "kept", "never", "gone"])
        #expect(found.map(\.path) == ["a.c", "gone", "never"])
        #expect(found.map(\.reported) == ["3", "true", "nothing"])
        #expect(Verifier.differences(in: twin, keys: ["kept"]).isEmpty)
    }
}
