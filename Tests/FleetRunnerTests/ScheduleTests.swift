import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("The schedule")
struct ScheduleTests {
    private func fleet(
        _ paces: [WorkloadItem.Pace],
        devices: Int = 4,
        duration: Duration = .seconds(10),
        seed: UInt64 = 1
    ) -> Fleet {
        let all = (0..<devices).map { FleetDevice(id: "d\($0)", index: $0) }
        return Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: seed,
            duration: duration,
            devices: all,
            workload: paces.map {
                WorkloadItem(pace: $0, desired: DesiredTemplate(["speed": 1]), devices: Array(all.indices))
            }
        )
    }

    @Test("a rate is met exactly, evenly, and the devices take turns")
    func rate() throws {
        let schedule = try Schedule(of: fleet([.rate(perSecond: 20)]))
        #expect(schedule.changes.count == 200)
        #expect(schedule.askedPerSecond == 20)
        let gaps = zip(schedule.changes, schedule.changes.dropFirst()).map { $1.intended - $0.intended }
        #expect(Set(gaps) == [50_000])
        #expect(schedule.changes.first?.intended == 25_000)
        for device in 0..<4 { #expect(schedule.changes.count { $0.device == device } == 50) }
    }

    @Test("a period comes to each device once a period, with phases spread over it")
    func every() throws {
        let schedule = try Schedule(of: fleet([.every(.seconds(2))], devices: 5))
        #expect(schedule.changes.count == 25)
        for device in 0..<5 {
            let times = schedule.changes.filter { $0.device == device }.map(\.intended)
            #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 2_000_000 })
        }
        #expect(Set(schedule.changes.prefix(5).map(\.device)).count == 5)
    }

    @Test("items are merged by time, and each change has its own number")
    func merged() throws {
        let schedule = try Schedule(of: fleet([.rate(perSecond: 7), .every(.seconds(3))]))
        #expect(schedule.changes.map(\.intended) == schedule.changes.map(\.intended).sorted())
        #expect(Set(schedule.changes.map { "\($0.item)/\($0.number)" }).count == schedule.changes.count)
        #expect(schedule.changes.allSatisfy { $0.intended < schedule.duration })
    }

    @Test("the same seed gives the same schedule, values and fingerprint; another seed others")
    func deterministic() throws {
        let one = fleet([.rate(perSecond: 50)], seed: 1)
        let two = fleet([.rate(perSecond: 50)], seed: 2)
        let first = try Schedule(of: one)
        #expect(try Schedule(of: one).changes == first.changes)
        #expect(try Schedule(of: two).changes != first.changes)
        #expect(Fingerprint.of(one, first) == Fingerprint.of(one, try Schedule(of: one)))
        #expect(Fingerprint.of(one, first) != Fingerprint.of(two, try Schedule(of: two)))
        #expect(Fingerprint.of(one, first).count == 16)
    }

    @Test("more changes than a run can account for are refused before anything starts")
    func absurd() throws {
        let error = try #require(throws: RunError.self) {
            _ = try Schedule(of: fleet([.rate(perSecond: 1e12)], duration: .seconds(86_400)))
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("50,000,000"))
    }

    @Test("a workload that makes no change at all is refused, with what to do")
    func tooSlow() throws {
        let slow: [WorkloadItem.Pace] = [.rate(perSecond: 0.1), .every(.seconds(3600))]
        let error = try #require(throws: RunError.self) { _ = try Schedule(of: fleet(slow, duration: .seconds(1))) }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("makes no change in its 1 s") && error.message.contains("Lengthen the duration"))
    }

    @Test("nothing to do is no error")
    func empty() throws {
        let schedule = try Schedule(of: fleet([]))
        #expect(schedule.changes.isEmpty && schedule.askedPerSecond == 0)
    }
}
