import FleetRunner
import IoTHub

/// A run under way that never took place, with every figure fixed.
enum SampleSnapshot {
    /// A fleet of 1,000 devices in the twelfth of twenty seconds of driving.
    static var driving: RunSnapshot {
        var snapshot = RunSnapshot(
            fleetName: "redmond43",
            hubHostName: "localhost:40443",
            startedEpochMicroseconds: SampleResult.start,
            phase: .drive,
            elapsed: .milliseconds(14_321),
            phaseElapsed: .seconds(12),
            phasePlanned: .seconds(20)
        )
        snapshot.devices.declared = 1000
        snapshot.devices.connected = 998
        snapshot.devices.ready = 999
        snapshot.devices.failed = 1
        snapshot.reconnects = 3
        snapshot.totals.intended = 12_000
        snapshot.totals.sent = 11_999
        snapshot.totals.accepted = 11_990
        snapshot.totals.delivered = 11_950
        snapshot.totals.acknowledged = 11_945
        snapshot.totals.rejected = 4
        snapshot.totals.superseded = 2
        snapshot.totals.overdue = 7
        snapshot.perSecond.intended = 1000
        snapshot.perSecond.sent = 1001
        snapshot.perSecond.delivered = 998
        snapshot.perSecond.acknowledged = 997
        snapshot.perSecond.rejected = 1
        snapshot.transports = [view(.amqp, 400, 1800), view(.mqtt, 600, 1200)]
        snapshot.errors = [
            ErrorGroup(
                phase: .drive,
                reason: "reported properties: 429 throttled",
                count: 12,
                firstDevices: ["press-1"]
            ),
            ErrorGroup(
                phase: .connect,
                reason: "the hub localhost:40443 refused the connection: not authorized, which is final",
                count: 1,
                firstDevices: ["press-77"]
            ),
        ]
        snapshot.generator.cpuSeconds = 4.5
        snapshot.generator.cpuShare = 0.171
        snapshot.generator.processors = 2
        snapshot.generator.residentBytes = 87_031_808
        return snapshot
    }

    private static func view(_ transport: TransportType, _ devices: Int, _ base: Int64) -> RunSnapshot.TransportView {
        var view = RunSnapshot.TransportView(transport: transport, devices: devices, connected: devices - 1)
        view.delivery = percentiles(base)
        view.echo = percentiles(base / 2)
        view.sync = percentiles(base * 3 / 2)
        return view
    }

    private static func percentiles(_ base: Int64) -> RecentPercentiles {
        RecentPercentiles(of: (0..<1000).map { base + $0 * $0 / 50 })
    }
}
