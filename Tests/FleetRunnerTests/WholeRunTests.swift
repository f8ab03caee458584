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

@Suite("A run against a local hub")
struct WholeRunTests {
    private func fleet(
        devices: Int = 12,
        rate: Double = 60,
        duration: Duration = .seconds(3),
        transports: [TransportType] = [.mqtt, .mqttTcpOnly],
        auth: DeviceAuthentication = .sas,
        amqpPool: Int? = nil
    ) -> Fleet {
        let all = (0..<devices).map { index in
            FleetDevice(
                id: "press-\(index)",
                index: index,
                transport: transports[index % transports.count],
                auth: auth,
                connectivity: index.isMultiple(of: 3) ? "wifi" : "cellular",
                tags: ["location": ["plant": .string("Munich\(index % 2)")]]
            )
        }
        return Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: 42,
            amqpPool: amqpPool,
            duration: duration,
            devices: all,
            workload: [
                WorkloadItem(
                    pace: .rate(perSecond: rate),
                    desired: DesiredTemplate(["speed": ["type": "5G"], "level": 7]),
                    devices: Array(all.indices)
                )
            ]
        )
    }

    /// Settings under which a busy machine does not decide a test: how late and how fast is what benchmarks measure.
    private func patient(usesBulk: Bool = false, cleansUp: Bool = false) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.scheduleLagLimit = .seconds(60)
        configuration.leastDeliveredShare = 0.1
        configuration.drainLimit = .seconds(60)
        configuration.cleansUp = cleansUp
        if usesBulk { configuration.bulkThresholdPerSecond = 1 }
        return configuration
    }

    private func endpoint(of test: TestHub) -> HubEndpoint {
        HubEndpoint(
            access: .connectionString(test.hub.connectionString()),
            trustedCAFile: test.hub.certificateAuthorityFile,
            mqttPort: test.hub.mqttPort,
            amqpPort: test.hub.amqpPort,
            webSocketPort: test.hub.httpsPort,
            isOnThisMachine: true
        )
    }

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

    @Test("a fleet over all transports passes, with latencies for each", arguments: [nil, 5])
    func mixed(amqpPool: Int?) async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: fleet(
                    devices: 24,
                    transports: [
                        .mqtt, .amqp, .mqttTcpOnly, .amqpTcpOnly, .mqttWebSocketOnly, .amqpWebSocketOnly,
                    ],
                    amqpPool: amqpPool
                ),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(result.accounting.delivered == 180 && result.accounting.acknowledged == 180)
            #expect(result.verifiedDevices == 24 && result.mismatches.isEmpty)
            let groups = result.latencies.first { $0.dimension == "transport" }?.groups ?? []
            #expect(
                groups.map(\.name) == [
                    "Amqp", "Amqp_Tcp_Only", "Amqp_WebSocket_Only", "Mqtt", "Mqtt_Tcp_Only", "Mqtt_WebSocket_Only",
                ]
            )
            #expect(result.latencies.allSatisfy { $0.dimension != "active_transport" })
            #expect(groups.allSatisfy { $0.devices == 4 && ($0.histograms[.sync]?.count ?? 0) > 0 })
            #expect(groups.reduce(0) { $0 + Int($1.histograms[.sync]?.count ?? 0) } == 180)
        }
    }

    @Test("where TCP does not get through, devices with a choice come up over WebSockets, and the result says so")
    func fallback() async throws {
        try await TestHub.with { test in
            try await test.hub.suspendMQTT()
            let result = try await FleetRun(
                fleet: fleet(devices: 6, rate: 12, duration: .seconds(1), transports: [.mqtt, .amqp]),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(
                result.devices.transports == [
                    TransportUse(declared: .amqp, devices: 3, routes: [.init(transport: .amqpTcpOnly, devices: 3)]),
                    TransportUse(
                        declared: .mqtt,
                        devices: 3,
                        routes: [.init(transport: .mqttWebSocketOnly, devices: 3)]
                    ),
                ]
            )
            let active = result.latencies.first { $0.dimension == "active_transport" }?.groups ?? []
            #expect(active.map(\.name) == ["Amqp_Tcp_Only", "Mqtt_WebSocket_Only"])
            #expect(active.allSatisfy { $0.devices == 3 && ($0.histograms[.sync]?.count ?? 0) > 0 })
        }
    }

    @Test("AMQP devices share WebSockets, too")
    func pooledWebSockets() async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: fleet(devices: 10, duration: .seconds(1), transports: [.amqpWebSocketOnly], amqpPool: 5),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(result.devices.transports.map(\.fallbacks) == [0])
        }
    }

    @Test("certificates of an authority that was made for the run")
    func authorityOfRun() async throws {
        let authority = try DeviceCertificateAuthority.make(commonName: "run")
        try await TestHub.with { configuration in
            configuration.certificateAuthorities = [DeviceAuthority(name: "run", pem: authority.certificatePEM)]
        } _: { test in
            var endpoint = endpoint(of: test)
            endpoint.authorityOfRun = authority
            let result = try await FleetRun(
                fleet: fleet(
                    devices: 4,
                    rate: 8,
                    duration: .seconds(1),
                    transports: [.mqtt, .amqp, .mqttWebSocketOnly, .amqpWebSocketOnly],
                    auth: .x509(X509Setting(kind: .certificateAuthority))
                ),
                endpoint: endpoint,
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
        }
    }

    @Test("the back end enters with tokens of Microsoft Entra; a principal without a role is told what it lacks")
    func entra() async throws {
        try await TokenIssuer.with([.init(id: "app", secret: "geheim"), .init(id: "nobody", secret: "geheim")]) {
            issuer in
            let role = EntraRoleAssignment(principal: "app", role: try EntraRole(parsing: "IoT Hub Data Contributor"))
            try await TestHub.with { configuration in
                configuration.entra = EntraConfiguration(
                    issuer: issuer.issuer,
                    keys: .url(issuer.keysURL),
                    assignments: [role]
                )
            } _: { test in
                func run(as client: String) async throws -> RunResult {
                    var endpoint = endpoint(of: test)
                    endpoint.access = .entra(
                        host: "localhost:\(test.hub.httpsPort)",
                        .application(
                            tenantID: TokenIssuer.tenant,
                            clientID: client,
                            proof: .secret("geheim"),
                            authorityHost: issuer.authorityHost
                        )
                    )
                    return try await FleetRun(
                        fleet: fleet(devices: 2, rate: 4, duration: .seconds(1)),
                        endpoint: endpoint,
                        configuration: patient()
                    ).run()
                }
                let result = try await run(as: "app")
                #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
                #expect(result.hubHostName == "localhost:\(test.hub.httpsPort)")
                let error = await #expect(throws: RunError.self) { _ = try await run(as: "nobody") }
                #expect(error?.code == .unauthorized, "\(String(describing: error))")
                #expect(error?.message.contains("IoT Hub Data Contributor") == true)
                #expect(error?.message.contains("geheim") == false)
            }
        }
    }

    @Test("certificates made for the run: a pool leaves them alone, and another run adds its own thumbprints")
    func selfSigned() async throws {
        try await TestHub.with { test in
            let fleet = fleet(
                devices: 4,
                rate: 8,
                duration: .seconds(1),
                transports: [.mqttTcpOnly, .amqpTcpOnly],
                auth: .x509(X509Setting(kind: .selfSigned)),
                amqpPool: 10
            )
            var thumbprints: [X509Thumbprint?] = []
            for number in 0..<2 {
                let result = try await FleetRun(
                    fleet: fleet,
                    endpoint: endpoint(of: test),
                    configuration: patient()
                ).run()
                #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
                #expect(result.devices.created == (number == 0 ? 4 : 0))
                #expect(result.phases[0].summary.contains("; 2 AMQP devices with certificates have a connection each"))
                let added = result.phases[1].summary.contains("thumbprints of 4 added")
                #expect(added == (number == 1), "\(result.phases[1].summary)")
                thumbprints.append(try test.hub.registry.device("press-1").authentication.x509Thumbprint)
            }
            #expect(thumbprints[0]?.primaryThumbprint == thumbprints[1]?.primaryThumbprint)
            #expect(thumbprints[0]?.secondaryThumbprint == nil && thumbprints[1]?.secondaryThumbprint != nil)
        }
    }

    @Test("certificates from the user's files, whose keys may be encrypted; one that cannot be read names its device")
    func certificateFiles() async throws {
        let folder = try TemporaryDirectory()
        let passphrase = "geheim"
        for index in 0..<2 {
            let certificate = try DeviceCertificate.selfSigned(commonName: "press-\(index)")
            try folder.write(certificate.certificatePEM, to: "press-\(index).pem")
            try folder.write(certificate.keyPEM(passphrase: passphrase), to: "press-\(index).key")
        }
        try folder.write("no certificate", to: "press-2.pem")
        try folder.write("no key", to: "press-2.key")
        try await TestHub.with { test in
            var fleet = fleet(devices: 3, rate: 6, duration: .seconds(1))
            for index in fleet.devices.indices {
                let path = folder.url.appendingPathComponent(fleet.devices[index].id).path
                let files = X509Setting.Files(certificate: path + ".pem", key: path + ".key", passphrase: passphrase)
                fleet.devices[index].auth = .x509(X509Setting(kind: .selfSigned, files: files))
            }
            var configuration = patient()
            // What goes to the device that is not there stays in flight.
            configuration.drainLimit = .seconds(1)
            let result = try await FleetRun(
                fleet: fleet,
                endpoint: endpoint(of: test),
                configuration: configuration
            ).run()
            #expect(result.devices.ready == 2, "\(result.errors)")
            #expect(result.devices.notReady.map(\.deviceID) == ["press-2"])
            #expect(result.devices.notReady.first?.reason.contains("press-2.pem") == true)
            #expect(!result.errors.contains { $0.reason.contains(passphrase) })
        }
    }

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
            async let running = run.run()
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
            let row = try #require(result.timeline.first { $0.second == 3 })
            #expect(row.connected == 0)
        }
    }

    @Test("another writer on our devices is told of and does not upset the books", arguments: [false, true])
    func otherWriter(usesBulk: Bool) async throws {
        try await TestHub.with { test in
            let (seconds, tell) = AsyncStream.makeStream(of: Int.self)
            let control = RunControl()
            let run = FleetRun(
                fleet: fleet(duration: .seconds(600)),
                endpoint: endpoint(of: test),
                configuration: patient(usesBulk: usesBulk)
            ) { progress in
                if case .second(let row, _, _) = progress { tell.yield(row.second) }
                if case .phaseFinished(let phase) = progress, phase.phase == .drive { tell.finish() }
            }
            async let running = run.run(control: control)
            let manager = try TestManager.make(test.hub)
            var secondsAfter = 0
            for await second in seconds {
                if second == 0 {
                    for _ in 0..<20 {
                        try await manager.updateTwin("press-1", patch: ["properties": ["desired": ["other": true]]])
                    }
                } else {
                    // A change of ours that is made after the other writer's is drained after them, too.
                    secondsAfter += 1
                    if secondsAfter == 3 { control.interrupt() }
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
            let result = try await FleetRun(
                fleet: fleet(duration: .seconds(600)),
                endpoint: endpoint(of: test),
                configuration: patient()
            ) { progress in
                if case .second(let row, _, _) = progress, row.second == 1 { control.interrupt() }
            }.run(control: control)
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
            #expect(test.hub.registry.devices().isEmpty)
        }
    }

    @Test("nobody listens for MQTT: the run ends with the reason in words, and --cleanup removes what was made")
    func noListener() async throws {
        try await TestHub.with { test in
            try await test.hub.suspendMQTT()
            var configuration = patient(cleansUp: true)
            configuration.readyLimit = .seconds(2)
            configuration.firstConnectPatience = .seconds(1)
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
}

/// The back end of a test.
enum TestManager {
    static func make(_ hub: LocalHub) throws -> RegistryManager {
        var options = ServiceClientOptions()
        options.trustedCAFile = hub.certificateAuthorityFile
        return try RegistryManager.create(connectionString: hub.connectionString(), options: options)
    }
}
