import FleetRunner
import IoTHub

/// Results of runs that never took place, with every figure fixed.
enum SampleResult {
    /// 2024-05-06T07:08:09.123456Z.
    static let start: Int64 = 1_714_979_289_123_456

    /// A run that passed.
    static var passed: RunResult {
        var result = RunResult(
            fleetName: "redmond43",
            seed: 42,
            startedEpochMicroseconds: start,
            hubHostName: "localhost:40443",
            versions: Versions(
                twinfleet: "1.2.3",
                machine: "Linux 6.1.0 x86_64, 2 processors",
                fleetFingerprint: "0123456789abcdef"
            )
        )
        result.driveStartedEpochMicroseconds = start + 2_000_000
        result.phases = phases
        result.devices.declared = 20
        result.devices.created = 18
        result.devices.existing = 2
        result.devices.connected = 20
        result.devices.ready = 20
        result.devices.transports = [
            TransportUse(declared: .mqtt, devices: 15, routes: [.init(transport: .mqttTcpOnly, devices: 15)]),
            TransportUse(declared: .mqttTcpOnly, devices: 5, routes: [.init(transport: .mqttTcpOnly, devices: 5)]),
        ]
        result.load.askedPerSecond = 10
        result.load.acceptedPerSecond = 9.987
        result.load.plannedDuration = .seconds(20)
        result.load.actualDuration = .milliseconds(20_026)
        result.load.scheduleLagP99Microseconds = 412
        result.load.scheduleLagMaximumMicroseconds = 1_830
        result.load.sendDelayP99Microseconds = 1_250
        result.load.sendDelayMaximumMicroseconds = 9_870
        result.accounting.intended = 200
        result.accounting.sent = 200
        result.accounting.delivered = 199
        result.accounting.caughtUp = 1
        result.accounting.acknowledged = 200
        result.accounting.reconnects = 1
        result.backEnd.requests = 200
        result.backEnd.meanBatchSize = 1
        result.backEnd.maximumBatchSize = 1
        result.backEnd.maximumInFlight = 3
        result.backEnd.explanation =
            "at most 200 changes/s are sent one by one, so that every answer carries its version"
        result.latencies = latencies
        result.clocks = ClockEstimate(
            offsetMicroseconds: 0,
            boundMicroseconds: 0,
            explanation: "hub and devices read the same clock",
            hubToDeviceSamples: 200
        )
        result.thresholds = [
            threshold("delivery: p99 < 500ms", "3.21 ms", 3210, samples: 200),
            threshold("sync: p50 < 10ms", "2.05 ms", 2050, samples: 200),
            threshold("lost: == 0", "0", 0, isDefault: true),
        ]
        result.verdict = .pass
        result.verifiedDevices = 20
        result.queries = [
            query("tags.location.plant = 'Redmond43'") {
                $0.expected = 12
                $0.returned = 12
                $0.pages = 1
                $0.rows = 12
                $0.attempts = 1
                $0.duration = .milliseconds(23)
            },
            query("tags.location.plant = 'Redmond43' AND properties.reported.connectivity.type = 'cellular'") {
                $0.expected = 4
                $0.returned = 4
                $0.others = 119
                $0.pages = 2
                $0.rows = 123
                $0.attempts = 3
                $0.duration = .milliseconds(1_780)
            },
        ]
        result.generator.cpuSeconds = 3.456
        result.generator.driveCPUSeconds = 2.5
        result.generator.processors = 2
        result.generator.peakResidentBytes = 47_500_000
        result.generator.residentBytesPerDevice = 31_744
        result.generator.threads = 9
        result.generator.openFiles = 34
        result.timeline = timeline
        result.changes = ChangeLog(changes)
        return result
    }

    /// A run in which all went wrong that can.
    static var failed: RunResult {
        var result = passed
        result.fleetName = "a fleet with a name that is long/and has a slash"
        result.verdict = .invalid
        result.wasInterrupted = true
        result.reasons = [
            "only 71.2 % of the asked load was delivered; at least 98 % are needed for the figures to mean anything, "
                + "so ask for less or use a faster machine",
            "the books do not balance",
        ]
        result.devices.ready = 13
        result.devices.transports[0].routes = [
            .init(transport: .mqttTcpOnly, devices: 7), .init(transport: .mqttWebSocketOnly, devices: 1),
        ]
        result.devices.notReady = (0..<7).map {
            NotReadyDevice(
                deviceID: "press-000\($0)",
                reason: "not connected after 60 s: connection refused by 127.0.0.1:8883"
            )
        }
        result.load.acceptedPerSecond = 7.12
        result.load.askedPerSecond = 1_234_567
        result.load.actualDuration = .seconds(3_725)
        result.load.scheduleLagP99Microseconds = nil
        result.load.scheduleLagMaximumMicroseconds = nil
        result.load.sendDelayP99Microseconds = nil
        result.load.sendDelayMaximumMicroseconds = nil
        result.backEnd.usedBulkUpdates = true
        result.backEnd.meanBatchSize = 37.25
        result.backEnd.maximumBatchSize = 100
        result.backEnd.explanation = "bulk updates, because 1,234,567 changes/s are more than 200/s"
        result.accounting.sent = 190
        result.accounting.unsent = 9
        result.accounting.lost = 2
        result.accounting.duplicated = 3
        result.accounting.outOfOrder = 1
        result.accounting.unacknowledged = 1
        result.accounting.errors = 1_500
        result.accounting.foreignChanges = 2
        result.foreignDevices = (0..<8).map { "press-000\($0)" }
        result.thresholds[0].passed = false
        result.thresholds.append(
            ThresholdOutcome(
                text: "hub_to_device: p99.9 < 1s",
                isDefault: false,
                passed: false,
                observed: "no samples",
                observedValue: nil,
                sampleCount: 0
            )
        )
        result.errors = (0..<12).map {
            ErrorGroup(
                phase: RunPhase.allCases[$0 % 7],
                reason:
                    "reason number \($0), told in so many words that it cannot stand on one line of a hundred columns",
                count: 1_200 - 100 * $0,
                firstDevices: ["press-0001", "press-0002"]
            )
        }
        result.mismatches = (0..<6).map {
            Mismatch(deviceID: "press-000\($0)", path: "speed.type", desired: "\"5G\"", reported: "nothing")
        }
        result.queries[0].leftOut = 7
        result.queries[0].returned = 1_204
        result.queries[0].missing = (0..<8).map { "press-000\($0)" }
        result.queries[0].unexpected = ["forklift-1"]
        result.queries[0].repeated = ["press-0009"]
        result.queries[0].attempts = 12
        result.queries[0].duration = .seconds(30)
        result.queries.append(
            query("tags.location.plant = 'Redmond43'") {
                $0.expected = 12
                $0.attempts = 1
                $0.failure =
                    "POST /devices/query: the hub answered 400 ArgumentInvalid: the query is wrong at line 1, column 29: "
                    + "found 'plnt'; expected a field"
            }
        )
        result.clocks.explanation =
            "two wall clocks: the hub's is 1500 µs ahead of ours, give or take 800 µs (from 200 answers); it is not taken out of the figures"
        result.latencies[0].groups[0].histograms[.hubToDevice]?.record(microseconds: -700)
        result.latencies.append(
            LatencyTable(
                dimension: "tags.location.plant.with.a.long.path",
                groups: (0..<12).map { group("Munich\($0)", devices: 1, scale: Int64($0 + 1)) }
            )
        )
        result.generator.residentBytesPerDevice = nil
        return result
    }

    /// A run that was over before it began.
    static let empty = RunResult(
        fleetName: "x",
        seed: 0,
        startedEpochMicroseconds: .max,
        hubHostName: "h",
        versions: Versions(twinfleet: "1", machine: "m", fleetFingerprint: "f")
    )

    private static func query(_ condition: String, _ change: (inout QueryOutcome) -> Void) -> QueryOutcome {
        var query = QueryOutcome(condition: condition)
        change(&query)
        return query
    }

    private static var phases: [PhaseResult] {
        let figures: [(RunPhase, Int64, Int64, String)] = [
            (.load, 0, 12, "20 devices, 200 changes"), (.provision, 12, 240, "18 created, 2 existing"),
            (.connect, 252, 1_040, "20 of 20 connected"), (.ready, 1_292, 708, "20 of 20 ready"),
            (.drive, 2_000, 20_026, "200 sent, 200 accepted"), (.drain, 22_026, 4, "nothing left in flight"),
            (.verify, 22_030, 151, "20 twins compared, 0 differences, 2 of 2 queries agree"),
        ]
        return figures.map { phase, start, duration, summary in
            PhaseResult(phase: phase, start: .milliseconds(start), duration: .milliseconds(duration), summary: summary)
        }
    }

    private static var latencies: [LatencyTable] {
        [
            LatencyTable(dimension: "overall", groups: [group("all", devices: 20, scale: 1)]),
            LatencyTable(
                dimension: "transport",
                groups: [group("Mqtt", devices: 15, scale: 2), group("Mqtt_Tcp_Only", devices: 5, scale: 3)]
            ),
            LatencyTable(
                dimension: "connectivity",
                groups: [group("cellular", devices: 14, scale: 40), group("wifi", devices: 6, scale: 900)]
            ),
            LatencyTable(dimension: "tags.location.plant", groups: [group("Redmond43", devices: 20, scale: 1)]),
        ]
    }

    private static func group(_ name: String, devices: Int, scale: Int64) -> LatencyGroup {
        var histograms: [LatencyMetric: LatencyHistogram] = [:]
        for (position, metric) in LatencyMetric.allCases.enumerated() {
            var histogram = LatencyHistogram()
            for sample in 1...200 as ClosedRange<Int64> {
                histogram.record(microseconds: sample * (10 + Int64(position)) * scale)
            }
            histograms[metric] = histogram
        }
        return LatencyGroup(name: name, devices: devices, histograms: histograms)
    }

    private static func threshold(
        _ text: String,
        _ observed: String,
        _ value: Double,
        samples: Int? = nil,
        isDefault: Bool = false
    ) -> ThresholdOutcome {
        ThresholdOutcome(
            text: text,
            isDefault: isDefault,
            passed: true,
            observed: observed,
            observedValue: value,
            sampleCount: samples
        )
    }

    static var timeline: [TimelineRow] {
        (0..<2).map { second in
            var row = TimelineRow(second: second)
            row.intended = 10
            row.sent = 10
            row.accepted = 10
            row.delivered = 9 + second
            row.acknowledged = 9
            row.inFlight = 1
            row.connected = 20
            row.reconnects = second
            row.deliveryP50Microseconds = second == 0 ? nil : 980
            row.deliveryP99Microseconds = second == 0 ? nil : 3_210
            row.syncP50Microseconds = 2_050
            row.syncP99Microseconds = 1_250_000
            row.cpuSeconds = 0.1234
            row.residentBytes = 47_000_000
            return row
        }
    }

    private static var changes: [ChangeRecord] {
        [
            ChangeRecord(
                deviceID: "press,\"1\"",
                workloadItem: 0,
                version: 5,
                intendedMicroseconds: 0,
                sentMicroseconds: 120,
                acceptedMicroseconds: 900,
                deliveredMicroseconds: 980,
                echoedMicroseconds: 1_010,
                acknowledgedMicroseconds: 2_050,
                lastUpdatedEpochMicroseconds: start + 2_000_500,
                receivedEpochMicroseconds: start + 2_000_980,
                state: .delivered,
                duplicates: 0,
                outOfOrder: false
            ),
            ChangeRecord(
                deviceID: "myDeviceId",
                workloadItem: 1,
                version: nil,
                intendedMicroseconds: 100_000,
                sentMicroseconds: 100_090,
                acceptedMicroseconds: nil,
                deliveredMicroseconds: nil,
                echoedMicroseconds: nil,
                acknowledgedMicroseconds: nil,
                lastUpdatedEpochMicroseconds: nil,
                receivedEpochMicroseconds: nil,
                state: .rejected,
                duplicates: 2,
                outOfOrder: true
            ),
        ]
    }
}
