import Fleet
import Testing

@testable import FleetRunner

@Suite("What a plan says of the rates of changes")
struct PacePlanTests {
    private func plan(_ fleet: Fleet, processors: Int = 2) throws -> FleetPlan {
        var machine = PlanSamples.machine()
        machine.processors = processors
        return try FleetPlan(of: fleet, on: machine)
    }

    private func fleet(_ devices: Int, rate: Double, hub: HubSetting = HubSetting()) -> Fleet {
        PlanSamples.fleet(devices: devices, hub: hub, rate: rate, duration: .seconds(1))
    }

    @Test("what was measured to work is fine")
    func fine() throws {
        #expect(try plan(fleet(1, rate: 1500)).isFine)
        #expect(try plan(fleet(1000, rate: 12_000)).isFine)
        #expect(try plan(fleet(1000, rate: 1000)).findings.isEmpty)
    }

    @Test("a rate that one device cannot take is not as asked, with how many devices could take it")
    func oneDevice() throws {
        let plan = try plan(fleet(4, rate: 8000))
        let finding = try #require(plan.findings(.limited, about: "changes of a device").first)
        #expect(finding.text.contains("press-0 is changed at 2,000/s"), "\(finding.text)")
        #expect(finding.text.contains("within 0.50 ms"))
        #expect(finding.text.contains("over 6 devices or more, or ask for 6,000/s or less"))
        #expect(!plan.isFine)
        #expect(throws: Never.self) { try FleetPlan.check(fleet(4, rate: 8000), on: PlanSamples.machine()) }
    }

    @Test("items that change one device add up")
    func items() throws {
        var fleet = fleet(4, rate: 4000)
        fleet.workload.append(fleet.workload[0])
        fleet.workload[1].devices = [2]
        fleet.workload[1].pace = .every(.milliseconds(1))
        let finding = try #require(try plan(fleet).findings(.limited, about: "changes of a device").first)
        #expect(finding.text.contains("press-2 is changed at 2,000/s"), "\(finding.text)")
        #expect(finding.text.contains("lower the rates of the items that change it"))
    }

    @Test("a period that is too short comes with one that is not")
    func period() throws {
        var fleet = fleet(2, rate: 1)
        fleet.workload[0].pace = .every(.microseconds(500))
        let finding = try #require(try plan(fleet).findings(.limited, about: "changes of a device").first)
        #expect(finding.text.contains("say every: 0.67ms or longer"), "\(finding.text)")
    }

    @Test("a run refuses a rate of one device that nothing answers in time")
    func impossible() throws {
        let fleet = fleet(1, rate: 1_000_000)
        #expect(try plan(fleet).findings(.impossible, about: "changes of a device").count == 1)
        let error = #expect(throws: RunError.self) { try FleetPlan.check(fleet, on: PlanSamples.machine()) }
        #expect(error?.exitCode == .badFleetFile)
    }

    @Test("a rate that was never made is not as asked, however many devices share it")
    func all() throws {
        let plan = try self.plan(fleet(1000, rate: 30_000))
        let finding = try #require(plan.findings(.limited, about: "changes in all").first)
        #expect(finding.text.contains("30,000/s are asked") && finding.text.contains("ask for 12,000/s or less"))
        #expect(try self.plan(fleet(1000, rate: 30_000), processors: 8).isFine)
        #expect(try self.plan(fleet(200, rate: 5000)).findings(.note, about: "changes in all").count == 1)
    }

    @Test("with a hub elsewhere a device's rate says how soon it must answer")
    func elsewhere() throws {
        let plan = try plan(fleet(1, rate: 40, hub: PlanSamples.remote()))
        let finding = try #require(plan.findings(.note, about: "changes of a device").first)
        #expect(finding.text.contains("must answer each within 25 ms"), "\(finding.text)")
        #expect(plan.isFine)
        #expect(try self.plan(fleet(1, rate: 40)).findings.isEmpty)
    }

    @Test("a run tells what will be late, without a tier, too")
    func warnings() throws {
        let fleet = fleet(4, rate: 8000)
        let warnings = FleetPlan.warnings(of: fleet, try Schedule(of: fleet), configuration: RunConfiguration())
        #expect(
            warnings == [
                "changes of a device: press-0 at 2,000/s, and 1,500/s of one device were made ('twinfleet plan')"
            ]
        )
    }

    @Test("a schedule that is too large to compute counts no device twice")
    func expected() throws {
        // So little memory that not even the schedule is computed.
        let fleet = PlanSamples.fleet(devices: 5000, rate: 100, duration: .seconds(10))
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine(memory: 1 << 20))
        #expect(plan.fingerprint == nil && plan.fleet.changes == 1000 && plan.fleet.changedDevices == 1000)
    }
}
