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

@Suite("A run against a local hub", .timeLimit(.minutes(5)))
struct WholeRunTests: WholeRunSuite {
    @Test("every change is delivered, echoed and acknowledged; the twins agree; PASS", arguments: [false, true])
    func pass(usesBulk: Bool) async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: fleet(),
                endpoint: endpoint(of: test),
                configuration: patient(usesBulk: usesBulk)
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(result.accounting.sent == 180 && result.accounting.delivered == 180)
            #expect(result.accounting.acknowledged == 180 && result.accounting.imbalances.isEmpty)
            #expect(result.backEnd.usedBulkUpdates == usesBulk)
            #expect(result.verifiedDevices == 12 && result.mismatches.isEmpty)
            #expect(result.phases.map(\.phase) == RunPhase.allCases)
            #expect(result.overall(.sync)?.count == 180)
            #expect((result.overall(.hubToDevice)?.count ?? 0) >= (usesBulk ? 1 : 180))
            for change in result.changes {
                #expect(change.state == .delivered && change.version != nil && change.duplicates == 0)
            }
            let manager = try TestManager.make(test.hub)
            let twin = try await manager.getTwin("press-3")
            #expect(twin.tags["location"]?["plant"] == "Munich1")
            #expect(twin.properties.reported["connectivity"]?["type"] == "wifi")
            #expect(twin.properties.reported["DateTimeLastAppLaunch"]?.stringValue?.hasSuffix("Z") == true)
            #expect(twin.properties.reported["speed"]?["type"] == "5G")
            try await manager.close()
        }
    }

    @Test("what is told while it runs agrees with its result")
    func snapshots() async throws {
        try await TestHub.with { test in
            let told = NIOLockedValueBox<[RunSnapshot]>([])
            let result = try await FleetRun(
                fleet: fleet(transports: [.mqtt, .amqp]),
                endpoint: endpoint(of: test),
                configuration: patient()
            ) { progress in
                if case .snapshot(let snapshot) = progress { told.withLockedValue { $0.append(snapshot) } }
            }.run()
            let snapshots = told.withLockedValue { $0 }
            #expect(Set(snapshots.map(\.phase)) == Set(RunPhase.allCases).subtracting([.load]))
            for (before, after) in zip(snapshots, snapshots.dropFirst()) {
                #expect(before.totals.sent <= after.totals.sent && before.totals.delivered <= after.totals.delivered)
            }
            let driven = try #require(snapshots.last { $0.phase == .drain })
            #expect(driven.devices.connected == 12 && driven.devices.ready == 12 && driven.devices.failed == 0)
            let books = result.accounting
            #expect(driven.totals.intended == books.intended && driven.totals.sent == books.sent)
            #expect(driven.totals.accepted == books.sent && driven.totals.delivered == books.delivered)
            #expect(driven.totals.acknowledged == books.acknowledged && driven.totals.inFlight == 0)
            #expect(driven.transports.map(\.transport) == [.amqp, .mqtt])
            #expect(driven.groups.map(\.devices).reduce(0, +) == 12)
            let last = try #require(snapshots.last)
            #expect(last.groups.map(\.delivery.count).reduce(0, +) == result.overall(.delivery)?.count)
            #expect(last.groups.map(\.sync.count).reduce(0, +) == result.overall(.sync)?.count)
        }
    }

    @Test("a second run takes the devices that are there; --cleanup removes only what the run created")
    func existing() async throws {
        try await TestHub.with { test in
            let endpoint = endpoint(of: test)
            let small = fleet(devices: 2, rate: 5, duration: .seconds(1))
            let first = try await FleetRun(fleet: small, endpoint: endpoint, configuration: patient()).run()
            #expect(first.devices.created == 2)
            let larger = fleet(devices: 3, rate: 5, duration: .seconds(1))
            let second = try await FleetRun(
                fleet: larger,
                endpoint: endpoint,
                configuration: patient(cleansUp: true)
            ).run()
            #expect(second.devices.created == 1 && second.devices.existing == 2 && second.devices.removed == 1)
            #expect(second.verdict == .pass, "\(second.reasons)")
            let manager = try TestManager.make(test.hub)
            _ = try await manager.getDevice("press-0")
            await #expect(throws: ServiceClientError.self) { try await manager.getDevice("press-2") }
            try await manager.close()
        }
    }

    @Test("a device that cannot connect is named, and fails the run")
    func disabled() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("press-1")
            var device = try test.hub.registry.device("press-1")
            device.authentication = AuthenticationMechanism(
                type: .selfSigned,
                symmetricKey: nil,
                x509Thumbprint: X509Thumbprint(primaryThumbprint: String(repeating: "a", count: 40))
            )
            _ = try test.hub.registry.updateDevice(device)
            var configuration = patient()
            // What goes to the device that is not there stays in flight.
            configuration.drainLimit = .seconds(1)
            let result = try await FleetRun(
                fleet: fleet(devices: 3, rate: 6, duration: .seconds(1)),
                endpoint: endpoint(of: test),
                configuration: configuration
            ).run()
            #expect(result.verdict == .fail, "\(result.reasons)")
            #expect(result.devices.notReady.map(\.deviceID) == ["press-1"])
            #expect(result.devices.notReady.first?.reason.contains("selfSigned") == true)
        }
    }

    @Test("nobody listens for MQTT: the run ends with the reason in words, and --cleanup removes what was made")
    func noListener() async throws {
        try await TestHub.with { test in
            try await test.hub.suspendMQTT()
            var configuration = patient(cleansUp: true)
            configuration.readyLimit = .seconds(6)
            configuration.firstConnectPatience = .seconds(3)
            let notes = NIOLockedValueBox<[String]>([])
            let run = FleetRun(
                fleet: fleet(devices: 2, transports: [.mqttTcpOnly]),
                endpoint: endpoint(of: test),
                configuration: configuration
            ) { progress in
                if case .note(let note) = progress { notes.withLockedValue { $0.append(note) } }
            }
            let error = await #expect(throws: RunError.self) { _ = try await run.run() }
            #expect(error?.code == .noDeviceReady && error?.exitCode == .hubUnreachable)
            #expect(error?.message.contains("refused") == true, "\(String(describing: error))")
            #expect(notes.withLockedValue { $0.contains { $0.contains("refused") } })
            #expect(error?.message.contains("localhost:\(test.hub.mqttPort)") == true)
            #expect(test.hub.registry.devices().isEmpty)
        }
    }
}
