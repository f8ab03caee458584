import Fleet
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import FleetRunner

/// Runs whose pace the fleet file or the tier sets, well below what a busy machine can do: what the plan says of a phase is
/// what it takes.
@Suite("What a plan predicts is what a run takes")
struct PredictionTests: WholeRunSuite {
    /// Runs a fleet until a phase begins.
    func run(_ fleet: Fleet, until last: RunPhase, against test: TestHub) async throws -> RunResult {
        let control = RunControl()
        return try await FleetRun(fleet: fleet, endpoint: endpoint(of: test)) { progress in
            if case .phaseStarted(let phase, _) = progress, phase == last { control.interrupt() }
        }.run(control: control)
    }

    /// Whether a phase took what the plan says, within 10 %.
    private func expect(_ phase: RunPhase, of fleet: Fleet, in result: RunResult) throws {
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine())
        let estimate = try #require(plan.phases.first { $0.phase == phase })
        #expect(estimate.basis == .paced)
        let predicted = try #require(estimate.duration)
        let taken = try #require(result.phases.first { $0.phase == phase }?.duration)
        let deviation = taken / predicted - 1
        #expect(predicted > .seconds(2.5), "too short to tell")
        #expect(abs(deviation) <= 0.1, "\(phase.rawValue): predicted \(predicted), taken \(taken)")
    }

    @Test("connecting at the file's pace, over both protocols")
    func connecting() async throws {
        let fleet = PlanSamples.fleet(
            devices: 61,
            transports: [.mqtt, .amqpTcpOnly, .mqttWebSocketOnly, .amqpWebSocketOnly],
            connect: 15
        )
        try await TestHub.with { test in
            let result = try await run(fleet, until: .ready, against: test)
            #expect(result.devices.connected == 61)
            try expect(.connect, of: fleet, in: result)
        }
    }

    @Test("getting ready at the tier's pace of twin updates, and connecting at a lower one")
    func gettingReady() async throws {
        // 50 updates a second, whatever the units.
        let fleet = PlanSamples.fleet(devices: 161, hub: PlanSamples.tier(.s1, units: 200), connect: 50)
        try await TestHub.with { test in
            let result = try await run(fleet, until: .drive, against: test)
            #expect(result.devices.ready == 161)
            try expect(.connect, of: fleet, in: result)
            try expect(.ready, of: fleet, in: result)
        }
    }

    @Test("provisioning at the tier's pace of operations on identities")
    func provisioning() async throws {
        // 5,000 identities a minute, 100 in a request.
        let fleet = PlanSamples.fleet(devices: 350, hub: PlanSamples.tier(.s3))
        try await TestHub.with { test in
            let result = try await run(fleet, until: .connect, against: test)
            #expect(result.devices.created == 350)
            try expect(.provision, of: fleet, in: result)
        }
    }
}
