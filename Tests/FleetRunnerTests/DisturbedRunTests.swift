import DeviceClient
import Fleet
import Foundation
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import ServiceClient
import TestKit
import Testing

@testable import FleetRunner

@Suite("Runs that are disturbed", .timeLimit(.minutes(5)))
struct DisturbedRunTests: WholeRunSuite {
    @Test(
        "connections cut for a while: every device comes back, nothing is lost, the books balance",
        arguments: [(TransportType.mqtt, nil), (.amqp, nil), (.amqp, 10)]
    )
    func cut(_ transport: TransportType, amqpPool: Int?) async throws {
        try await TestHub.with { test in
            let (seconds, tell) = AsyncStream.makeStream(of: Int.self)
            let run = FleetRun(
                fleet: fleet(
                    devices: 30,
                    rate: 100,
                    duration: .seconds(8),
                    transports: [transport],
                    amqpPool: amqpPool
                ),
                endpoint: endpoint(of: test),
                configuration: patient()
            ) { progress in
                if case .second(let row, _, _) = progress { tell.yield(row.second) }
                if case .phaseFinished(let phase) = progress, phase.phase == .drive { tell.finish() }
            }
            // A run that fails before it drives ends the wait, too.
            async let running = {
                defer { tell.finish() }
                return try await run.run()
            }()
            for await second in seconds {
                if second == 1 { try await test.hub.suspendDevices() }
                if second == 4 { try await test.hub.resumeDevices() }
            }
            let result = try await running
            let books = result.accounting
            #expect(books.lost == 0 && books.imbalances.isEmpty, "\(books)")
            #expect(books.reconnects >= 30, "\(books)")
            #expect(books.caughtUp > 0 && books.superseded > 0, "\(books)")
            #expect(books.unacknowledged == 0, "\(books)")
            #expect(result.mismatches.isEmpty, "\(result.mismatches)")
            #expect(result.verdict == .pass, "\(result.reasons)")
            #expect(result.timeline.contains { $0.second > 0 && $0.connected == 0 }, "\(result.timeline)")
        }
    }

    @Test("another writer on our devices is told of and does not upset the books", arguments: [false, true])
    func otherWriter(usesBulk: Bool) async throws {
        try await TestHub.with { test in
            let (seconds, tell) = AsyncStream.makeStream(of: Int.self)
            let control = RunControl()
            let newest = NIOLockedValueBox(0)
            let run = FleetRun(
                fleet: fleet(duration: .seconds(600)),
                endpoint: endpoint(of: test),
                configuration: patient(usesBulk: usesBulk)
            ) { progress in
                if case .second(let row, _, _) = progress {
                    newest.withLockedValue { $0 = row.second }
                    tell.yield(row.second)
                }
                if case .phaseFinished(let phase) = progress, phase.phase == .drive { tell.finish() }
            }
            async let running = {
                defer { tell.finish() }
                return try await run.run(control: control)
            }()
            let manager = try TestManager.make(test.hub)
            var lastWrite: Int?
            for await second in seconds {
                if lastWrite == nil {
                    for _ in 0..<20 {
                        try await manager.updateTwin("press-1", patch: ["properties": ["desired": ["other": true]]])
                    }
                    // The seconds that went by meanwhile are still to be read from the stream.
                    lastWrite = newest.withLockedValue { $0 }
                } else if let lastWrite, second >= lastWrite + 3 {
                    // A change of ours that is made after the other writer's is drained after them, too.
                    control.interrupt()
                }
            }
            try await manager.close()
            let result = try await running
            #expect(result.accounting.lost == 0 && result.accounting.imbalances.isEmpty, "\(result.accounting)")
            #expect(result.accounting.foreignChanges == 20, "\(result.accounting)")
            #expect(result.foreignDevices == ["press-1"])
            #expect(result.verdict == .pass, "\(result.reasons)")
        }
    }

    @Test("an interruption drains and reports what had happened")
    func interruption() async throws {
        try await TestHub.with { test in
            let control = RunControl()
            let snapshots = NIOLockedValueBox<[RunSnapshot]>([])
            let result = try await FleetRun(
                fleet: fleet(duration: .seconds(600)),
                endpoint: endpoint(of: test),
                configuration: patient()
            ) { progress in
                if case .second(let row, _, _) = progress, row.second == 1 { control.interrupt() }
                if case .snapshot(let snapshot) = progress { snapshots.withLockedValue { $0.append(snapshot) } }
            }.run(control: control)
            let asked = snapshots.withLockedValue { $0.map(\.totals.intended) }
            #expect(asked.last == result.accounting.intended && asked == asked.sorted())
            #expect(result.load.plannedDuration == .seconds(600))
            let last = try #require(result.timeline.last)
            #expect(last.connected == 12 && last.residentBytes > 0)
            #expect(result.wasInterrupted && result.exitCode == .interrupted)
            #expect(result.accounting.lost == 0 && result.accounting.imbalances.isEmpty, "\(result.accounting)")
            #expect(result.accounting.sent > 0 && result.accounting.sent < 36_000)
            #expect(result.phases.map(\.phase) == RunPhase.allCases)
        }
    }

    @Test("an interruption while provisioning still reports, and --cleanup removes what was made")
    func earlyInterruption() async throws {
        try await TestHub.with { test in
            let control = RunControl()
            let result = try await FleetRun(
                fleet: fleet(devices: 300),
                endpoint: endpoint(of: test),
                configuration: patient(cleansUp: true)
            ) { progress in
                if case .phaseStarted(.provision, _) = progress { control.interrupt() }
            }.run(control: control)
            #expect(result.exitCode == .interrupted && result.verdict == .invalid)
            #expect(result.devices.removed == result.devices.created)
            #expect(result.load.plannedDuration == .seconds(3) && result.load.acceptedShare == nil)
            #expect(result.generator.threads == nil && result.generator.openFiles == nil)
            #expect(test.hub.registry.devices().isEmpty)
        }
    }
}
