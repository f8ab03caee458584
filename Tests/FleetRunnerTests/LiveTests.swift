import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("What is known of a run under way")
struct LiveTests {
    private func fleet() -> Fleet {
        let transports: [TransportType] = [.mqtt, .amqp, .mqtt, .mqtt]
        let devices = transports.enumerated().map { index, transport in
            FleetDevice(
                id: "press-\(index)",
                index: index,
                transport: transport,
                connectivity: index == 2 ? nil : "wifi",
                tags: [:]
            )
        }
        return Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: 1,
            duration: .seconds(2),
            devices: devices,
            workload: [
                WorkloadItem(
                    pace: .rate(perSecond: 4),
                    desired: DesiredTemplate(["speed": 1]),
                    devices: Array(devices.indices)
                )
            ]
        )
    }

    private struct Desk {
        var sources: LiveBooks.Sources
        var tally: LiveTally
        var snapshot = RunSnapshot(
            fleetName: "test",
            hubHostName: "hub",
            startedEpochMicroseconds: 0,
            phase: .drive
        )

        init(_ fleet: Fleet) throws {
            let groups = DeviceGroups(of: fleet)
            let schedule = try Schedule(of: fleet)
            sources = LiveBooks.Sources(
                groups: groups,
                schedule: schedule,
                ledger: Ledger(groups: groups, schedule: schedule),
                counters: DeviceCounters(groups: groups),
                errors: ErrorBook()
            )
            tally = LiveTally(groups: groups)
        }

        mutating func second(at instant: Int64) {
            tally.take(sources.ledger.takeRecent(), sources, at: instant, into: &snapshot)
        }
    }

    @Test("devices are grouped by transport and connectivity")
    func groups() {
        let groups = DeviceGroups(of: fleet())
        #expect(
            groups.keys == [
                .init(transport: .amqp, connectivity: "wifi"), .init(transport: .mqtt, connectivity: nil),
                .init(transport: .mqtt, connectivity: "wifi"),
            ]
        )
        #expect(groups.sizes == [1, 1, 2])
        #expect(groups.groupOfDevice == [2, 0, 1, 2])
    }

    @Test("what devices and back end do is counted in their group, in total and for the last second")
    func counts() throws {
        var desk = try Desk(fleet())
        let ledger = desk.sources.ledger
        ledger.begin(at: 1_000_000)
        // The first changes are due 0.125 s and 0.375 s after the start.
        let first = Int(desk.sources.schedule.changes[0].device)
        let second = Int(desk.sources.schedule.changes[1].device)
        ledger.send(device: first, planned: 0, desired: ["speed": 1], at: 1_126_000)
        ledger.accept(device: first, version: 2, lastUpdatedEpoch: 1, at: 1_127_000)
        let seen = ledger.notified(device: first, version: 2, values: ["speed": 1], at: 1_128_000, epoch: 1)
        ledger.acknowledged(try #require(seen), at: 1_130_000)
        ledger.send(device: second, planned: 1, desired: ["speed": 1], at: 1_376_000)
        desk.sources.counters.change(device: first) { $0.connected += 1 }
        desk.second(at: 1_500_000)

        let totals = desk.snapshot.totals
        #expect(totals.intended == 2 && totals.sent == 2 && totals.accepted == 1 && totals.delivered == 1)
        #expect(totals.acknowledged == 1 && totals.inFlight == 1 && totals.overdue == 0)
        #expect(desk.snapshot.perSecond == totals)
        let group = desk.snapshot.groups[desk.sources.groups.groupOfDevice[first]]
        #expect(group.connected == 1 && group.totals.delivered == 1)
        #expect(group.delivery.count == 1 && group.delivery.sumMicroseconds == 3000)
        #expect(group.echo.sumMicroseconds == 2000 && group.sync.sumMicroseconds == 5000)
        let view = try #require(desk.snapshot.transports.first { $0.transport == group.transport })
        #expect(view.sync.p50 == 5000 && view.delivery.p99 == 3000 && view.echo.maximum == 2000)

        desk.second(at: 2_400_000)
        #expect(desk.snapshot.perSecond.sent == 0 && desk.snapshot.perSecond.intended == 4)
        #expect(desk.snapshot.totals.intended == 6)
    }

    @Test("an interruption ends the asking, and nothing is asked for later")
    func interruption() throws {
        var desk = try Desk(fleet())
        let start = RunClock.now() - 1_000_000
        desk.sources.ledger.begin(at: start)
        let end = desk.sources.ledger.interrupt()
        #expect(desk.sources.ledger.elapsed(at: end + 900_000) == end - start)
        desk.second(at: end + 900_000)
        let due = desk.sources.schedule.changes.count { $0.intended <= end - start }
        #expect(desk.snapshot.totals.intended == due && due >= 4)
    }

    @Test("closed books have the counters of their entries, whatever a device sees later")
    func closing() throws {
        let desk = try Desk(fleet())
        let ledger = desk.sources.ledger
        ledger.start(device: 0, version: 1)
        ledger.send(device: 0, planned: 0, desired: ["speed": 1], at: 100)
        let closed = ledger.close()
        _ = ledger.notified(device: 0, version: 2, values: ["speed": 1], at: 200, epoch: 1)
        #expect(closed.totals.sent == 1 && closed.totals.foreign == 0 && closed.foreignDevices.isEmpty)
        #expect(closed.entries.map(\.entry.state) == [.lost])
    }

    @Test("the snapshot at the end of driving has the last second's counts, later ones outside of driving have none")
    func endOfDriving() throws {
        var desk = try Desk(fleet())
        desk.sources.ledger.begin(at: 1)
        desk.sources.ledger.send(device: 0, planned: 0, desired: ["speed": 1], at: 100)
        desk.second(at: 1_000_000)
        #expect(desk.snapshot.perSecond.sent == 1)
        desk.tally.take(nil, desk.sources, at: 1_000_100, into: &desk.snapshot)
        #expect(desk.snapshot.perSecond.sent == 1)
        desk.snapshot.phase = .drain
        desk.second(at: 2_000_000)
        #expect(desk.snapshot.perSecond.sent == 0)
        desk.sources.ledger.send(device: 1, planned: 1, desired: ["speed": 1], at: 2_000_100)
        desk.second(at: 3_000_000)
        desk.snapshot.phase = .verify
        desk.tally.take(nil, desk.sources, at: 3_000_100, into: &desk.snapshot)
        #expect(desk.snapshot.perSecond == RunSnapshot.Changes())
    }

    @Test("a change that its device does not see for ten seconds is overdue until it does")
    func overdue() throws {
        var desk = try Desk(fleet())
        let ledger = desk.sources.ledger
        ledger.begin(at: 1)
        ledger.send(device: 0, planned: 0, desired: ["speed": 1], at: 100)
        ledger.accept(device: 0, version: 2, lastUpdatedEpoch: 1, at: 200)
        ledger.send(device: 1, planned: 1, desired: ["speed": 1], at: 300)
        desk.second(at: 10_000_000)
        #expect(desk.snapshot.totals.overdue == 0)
        desk.second(at: 10_000_200)
        #expect(desk.snapshot.totals.overdue == 1)
        desk.second(at: 11_000_000)
        #expect(desk.snapshot.totals.overdue == 2)
        _ = ledger.notified(device: 0, version: 2, values: ["speed": 1], at: 11_000_001, epoch: 1)
        ledger.reject(device: 1, at: 11_000_002)
        desk.second(at: 12_000_000)
        #expect(desk.snapshot.totals.overdue == 0 && desk.snapshot.totals.inFlight == 0)
    }

    @Test("percentiles go over the last ten seconds, buckets over all of them")
    func window() throws {
        var desk = try Desk(fleet())
        let ledger = desk.sources.ledger
        ledger.begin(at: 1)
        for second in 0..<12 {
            let instant = Int64(second) * 1_000_000 + 500_000
            ledger.send(device: 0, planned: 0, desired: ["speed": 1], at: instant)
            ledger.accept(device: 0, version: Int64(second) + 2, lastUpdatedEpoch: 1, at: instant + 1)
            let version = Int64(second) + 2
            _ = ledger.notified(device: 0, version: version, values: ["speed": 1], at: instant + 2, epoch: 1)
            desk.second(at: instant + 500_000)
        }
        let group = try #require(desk.snapshot.groups.first { $0.totals.delivered > 0 })
        let view = try #require(desk.snapshot.transports.first { $0.transport == group.transport })
        #expect(view.delivery.count == 10)
        #expect(group.delivery.count == 12 && group.delivery.counts.reduce(0, +) == 12)
        // The intended time was 125 ms each time, so the last is 11.375 s late.
        #expect(view.delivery.maximum == 11_375_001)
    }

    @Test("a bucket takes its bound", arguments: [(99, 0), (100, 0), (101, 1), (60_000_000, 17), (60_000_001, 18)])
    func buckets(_ sample: Int64, _ place: Int) {
        var buckets = LatencyBuckets()
        buckets.record(microseconds: sample)
        #expect(buckets.counts.firstIndex(of: 1) == place)
        #expect(buckets.count == 1 && buckets.sumMicroseconds == sample)
    }

    @Test("percentiles are by nearest rank")
    func percentiles() {
        let percentiles = RecentPercentiles(of: (1...200).reversed().map { Int64($0) })
        #expect(percentiles.p50 == 100 && percentiles.p90 == 180 && percentiles.p99 == 198)
        #expect(percentiles.maximum == 200 && percentiles.count == 200)
        #expect(RecentPercentiles(of: []) == RecentPercentiles())
    }
}
