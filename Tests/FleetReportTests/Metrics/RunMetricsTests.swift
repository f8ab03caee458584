import FleetReport
import FleetRunner
import IoTHub
import LiveServer
import TestKit
import Testing

@Suite("a run as metrics")
struct RunMetricsTests {
    private static var snapshot: RunSnapshot {
        var snapshot = RunSnapshot(
            fleetName: "line \"4\"",
            hubHostName: "localhost:40443",
            startedEpochMicroseconds: 1_714_979_289_123_456,
            phase: .drive
        )
        var wifi = RunSnapshot.Group(transport: .mqttTcpOnly, connectivity: "wifi", devices: 12)
        wifi.connected = 11
        wifi.ready = 12
        wifi.reconnects = 3
        wifi.totals.intended = 100
        wifi.totals.sent = 98
        wifi.totals.accepted = 97
        wifi.totals.rejected = 1
        wifi.totals.delivered = 90
        wifi.totals.acknowledged = 88
        wifi.totals.superseded = 2
        wifi.totals.overdue = 4
        wifi.totals.duplicated = 5
        wifi.totals.outOfOrder = 6
        wifi.totals.foreign = 7
        // On a bound, which is included; above all bounds; below all.
        for sample: Int64 in [200, 90_000_000, 50] { wifi.delivery.record(microseconds: sample) }
        wifi.echo.record(microseconds: 1_500)
        wifi.sync.record(microseconds: 7_250_000)
        let silent = RunSnapshot.Group(transport: .amqp, connectivity: nil, devices: 2)
        snapshot.groups = [wifi, silent]
        snapshot.devices.failed = 1
        snapshot.errors = [
            ErrorGroup(phase: .connect, reason: "refused: \"no\"\nsuch device", count: 9, firstDevices: ["a"]),
            ErrorGroup(phase: .drive, reason: "other", count: 1, firstDevices: []),
        ]
        return snapshot
    }

    @Test("every number of a snapshot is there, with transport and connectivity, in base units")
    func golden() throws {
        try expectGolden(PrometheusText.render(RunMetrics.families(Self.snapshot)), "metrics.txt")
    }

    @Test("exactly one phase is 1", arguments: RunPhase.allCases)
    func phase(_ phase: RunPhase) {
        var snapshot = Self.snapshot
        snapshot.phase = phase
        let lines = PrometheusText.render(RunMetrics.families(snapshot)).split(separator: "\n")
            .filter { $0.hasPrefix("twinfleet_run_phase{") }
        #expect(lines.count == RunPhase.allCases.count)
        #expect(lines.filter { $0.hasSuffix(" 1") } == ["twinfleet_run_phase{phase=\"\(phase.rawValue)\"} 1"])
    }

    @Test("the process is told of by Prometheus' own names")
    func process() {
        let text = PrometheusText.render(
            ProgramMetrics.families(
                version: "1.2.3",
                usage: ProcessUsage(cpuSeconds: 1.25, peakResidentBytes: 9),
                residentBytes: 4096
            )
        )
        #expect(
            text == """
                # HELP twinfleet_build_info The program's version.
                # TYPE twinfleet_build_info gauge
                twinfleet_build_info{version="1.2.3"} 1
                # HELP process_cpu_seconds_total CPU time of this process, user and system.
                # TYPE process_cpu_seconds_total counter
                process_cpu_seconds_total 1.25
                # HELP process_resident_memory_bytes Resident memory of this process.
                # TYPE process_resident_memory_bytes gauge
                process_resident_memory_bytes 4096

                """
        )
    }
}
