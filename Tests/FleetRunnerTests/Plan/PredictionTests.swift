import Fleet
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import FleetRunner

/// Runs whose pace the fleet file or the tier sets, well below what a busy machine can do: what the plan says of a phase is
/// what it takes.
@Suite("What a plan predicts is what a run takes", .timeLimit(.minutes(5)))
struct PredictionTests: WholeRunSuite {
    /// Runs a fleet until a phase begins.
    func run(_ fleet: Fleet, until last: RunPhase, against test: TestHub) async throws -> RunResult {
        let control = RunControl()
        return try await FleetRun(fleet: fleet, endpoint: endpoint(of: test)) { progress in
            if case .phaseStarted(let phase, _) = progress, phase == last { control.interrupt() }
        }.run(control: control)
    }

    /// Runs a fleet, and says whether phases took what the plan says, within 10 %.
    ///
    /// A paced run is never sooner than that, but a busy machine can stand still for longer than 10 % of it: then it is run
    /// again, up to three times. A plan that is wrong is wrong each time.
    private func expect(
        _ phases: RunPhase...,
        of fleet: Fleet,
        until last: RunPhase,
        _ check: (RunResult) -> Void
    ) async throws {
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine())
        var late: [RunPhase: String] = [:]
        for phase in phases { late[phase] = "did not run" }
        for _ in 0..<3 where !late.isEmpty {
            let result = try await TestHub.with { test in try await run(fleet, until: last, against: test) }
            check(result)
            for phase in phases {
                let estimate = try #require(plan.phases.first { $0.phase == phase })
                #expect(estimate.basis == .paced)
                let predicted = try #require(estimate.duration)
                #expect(predicted > .seconds(2.5), "too short to tell")
                let taken = try #require(result.phases.first { $0.phase == phase }?.duration)
                let words = "\(phase.rawValue): predicted \(predicted), taken \(taken)"
                #expect(taken / predicted >= 0.9, "\(words)")
                if taken / predicted <= 1.1 { late[phase] = nil } else if late[phase] != nil { late[phase] = words }
            }
        }
        #expect(late.isEmpty, "\(late.values.sorted())")
    }

    @Test("connecting at the file's pace, over both protocols")
    func connecting() async throws {
        let fleet = PlanSamples.fleet(
            devices: 61,
            transports: [.mqtt, .amqpTcpOnly, .mqttWebSocketOnly, .amqpWebSocketOnly],
            connect: 15
        )
        try await expect(.connect, of: fleet, until: .ready) { result in
            #expect(result.devices.connected == 61)
        }
    }

    @Test("getting ready at the tier's pace of twin updates, and connecting at a lower one")
    func gettingReady() async throws {
        // 50 updates a second, whatever the units.
        let fleet = PlanSamples.fleet(devices: 161, hub: PlanSamples.tier(.s1, units: 200), connect: 50)
        try await expect(.connect, .ready, of: fleet, until: .drive) { result in
            #expect(result.devices.ready == 161)
        }
    }

    @Test("provisioning at the tier's pace of operations on identities")
    func provisioning() async throws {
        // 5,000 identities a minute, 100 in a request.
        let fleet = PlanSamples.fleet(devices: 350, hub: PlanSamples.tier(.s3))
        try await expect(.provision, of: fleet, until: .connect) { result in
            #expect(result.devices.created == 350)
        }
    }
}
