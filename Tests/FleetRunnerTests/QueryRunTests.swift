import Fleet
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import FleetRunner

@Suite("A run that asks a local hub its queries", .timeLimit(.minutes(5)))
struct QueryRunTests: WholeRunSuite {
    private static let plant = "tags.location.plant = 'Redmond43'"
    private static let cellular = plant + " AND properties.reported.connectivity.type = 'cellular'"

    /// Twelve devices, every other one in the plant, two of three over cellular; only those of the plant are changed.
    private static func fleet(queries: [String] = [plant, cellular]) throws -> Fleet {
        let devices = (0..<12).map { index in
            FleetDevice(
                id: "press-\(index)",
                index: index,
                connectivity: index.isMultiple(of: 3) ? "wifi" : "cellular",
                tags: ["location": ["plant": index.isMultiple(of: 2) ? "Redmond43" : "Munich7"]]
            )
        }
        let conditions = try queries.map { try DeviceCondition(parsing: $0) }
        let chosen = try DeviceCondition(parsing: plant)
        return Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: 42,
            duration: .seconds(1),
            devices: devices,
            workload: [
                WorkloadItem(
                    pace: .rate(perSecond: 12),
                    desired: DesiredTemplate(["speed": 1]),
                    devices: devices.indices.filter { chosen.selects(devices[$0]) }
                )
            ],
            queries: conditions
        )
    }

    private func patient(queries patience: Duration) -> RunConfiguration {
        var configuration = patient()
        configuration.queryPatience = patience
        configuration.queryPageSize = 4
        return configuration
    }

    private static func move(_ device: String, to plant: JSON, in test: TestHub) {
        do {
            try test.hub.registry.patchTwin(device, with: TwinWrite(tags: ["location": ["plant": plant]]))
        } catch {
            Issue.record("\(device) does not move: \(error)")
        }
    }

    @Test("the hub agrees, page by page; other devices do not matter; only the chosen devices were changed")
    func agreement() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("stranger")
            Self.move("stranger", to: "Redmond43", in: test)
            let told = NIOLockedValueBox<[String]>([])
            let result = try await FleetRun(
                fleet: Self.fleet(),
                endpoint: endpoint(of: test),
                configuration: patient(queries: .seconds(60))
            ) { progress in
                if case .queries(let agreed, let total, _, _, _) = progress {
                    told.withLockedValue { $0.append("\(agreed)/\(total)") }
                }
            }.run()
            #expect(result.verdict == .pass, "\(result.reasons)")
            #expect(result.queries.map(\.condition) == [Self.plant, Self.cellular])
            #expect(result.queries.map(\.agrees) == [true, true])
            #expect(result.queries.map(\.expected) == [6, 4] && result.queries.map(\.returned) == [6, 4])
            #expect(result.queries.map(\.others) == [1, 0] && result.queries.map(\.rows) == [7, 4])
            #expect(result.queries.map(\.leftOut) == [0, 0])
            #expect(result.queries[0].pages == 2)
            #expect(told.withLockedValue(\.last) == "2/2")
            #expect(result.thresholds.contains { $0.text == "query_mismatches: == 0" && $0.isDefault && $0.passed })
            #expect(result.phases.last?.summary.contains("2 of 2 queries agree") == true)
            let changed = Set(result.changes.map(\.deviceID))
            #expect(changed == ["press-0", "press-2", "press-4", "press-6", "press-8", "press-10"])
        }
    }

    @Test("a tag that changes behind the run's back fails it, and the devices are named")
    func disagreement() async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: Self.fleet(),
                endpoint: endpoint(of: test),
                configuration: patient(queries: .zero)
            ) { progress in
                guard case .phaseStarted(.drain, _) = progress else { return }
                Self.move("press-4", to: "Munich7", in: test)
                Self.move("press-5", to: "Redmond43", in: test)
            }.run()
            #expect(result.verdict == .fail && result.exitCode == .fail)
            #expect(result.queries.map(\.missing) == [["press-4"], ["press-4"]])
            #expect(result.queries.map(\.unexpected) == [["press-5"], ["press-5"]])
            #expect(result.queries.map(\.attempts) == [1, 1])
            let reason = try #require(result.reasons.first)
            #expect(result.reasons.count == 1)
            #expect(reason.hasPrefix("query_mismatches: == 0 failed: 4 (\(Self.plant): missing press-4"), "\(reason)")
            #expect(result.mismatches.isEmpty)
        }
    }

    @Test("a hub that comes round in time is waited for")
    func lag() async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: Self.fleet(queries: [Self.plant]),
                endpoint: endpoint(of: test),
                configuration: patient(queries: .seconds(60))
            ) { progress in
                switch progress {
                case .phaseStarted(.drain, _): Self.move("press-4", to: "Munich7", in: test)
                case .queries(agreed: 0, _, _, _, _): Self.move("press-4", to: "Redmond43", in: test)
                default: break
                }
            }.run()
            #expect(result.verdict == .pass, "\(result.reasons)")
            #expect(result.queries.first?.attempts == 2)
        }
    }

    @Test("an interruption while the index is waited for ends the waiting and still reports")
    func interruption() async throws {
        try await TestHub.with { test in
            let control = RunControl()
            let result = try await FleetRun(
                fleet: Self.fleet(queries: [Self.plant]),
                endpoint: endpoint(of: test),
                configuration: patient(queries: .seconds(3600))
            ) { progress in
                switch progress {
                case .phaseStarted(.drain, _): Self.move("press-4", to: "Munich7", in: test)
                case .queries: control.interrupt()
                default: break
                }
            }.run(control: control)
            #expect(result.exitCode == .interrupted && result.verdict == .fail)
            #expect(result.queries.first?.missing == ["press-4"])
            #expect(result.phases.map(\.phase) == RunPhase.allCases)
        }
    }
}
