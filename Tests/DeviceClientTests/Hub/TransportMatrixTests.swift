import DeviceClient
import IoTHub
import LocalHub
import Testing

/// Every transport with every kind of credential.
@Suite(.timeLimit(.minutes(3))) struct TransportMatrixTests {
    private static let transports = TransportType.allCases.filter { $0 != .http1 }

    @Test(
        "a device connects, reads its twin, reports, is notified, and comes back after a cut",
        arguments: transports,
        DeviceProof.allCases
    )
    func life(_ transport: TransportType, _ proof: DeviceProof) async throws {
        try await ProofBench.with { hub in
            let client = try hub.client("press-1", proof, transport)
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            #expect(await statuses.next(1) == [.connected])
            #expect(try await client.getTwin().properties.desired.version == 1)
            #expect(try await client.updateReportedProperties(["fan": 1]) == 2)
            #expect(try hub.bench.reported("press-1")["fan"] == 1)

            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyUpdateCallback { _, update in updates.put(update) }
            try hub.bench.change("press-1", ["speed": 5])
            let heard = await updates.next(1)
            #expect(heard.map(\.origin) == [.notification])
            #expect(heard.map { $0.properties["speed"] } == [5])

            try await hub.bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            try hub.bench.change("press-1", ["speed": 6])
            try await hub.bench.hub.resumeDevices()
            #expect(await statuses.until { $0 == .connected }.last == .connected)
            let missed = await updates.next(1)
            #expect(missed.map(\.origin) == [.catchUp])
            #expect(missed.map { $0.properties["speed"] } == [6])
            #expect(try await client.updateReportedProperties(["fan": 2]) == 3)
            await client.close()
        }
    }

    @Test("a wrong credential is refused as such, and not tried again", arguments: transports, WrongProof.allCases)
    func refusal(_ transport: TransportType, _ wrong: WrongProof) async throws {
        try await ProofBench.with { hub in
            let client = try hub.client("press-1", wrong, transport)
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .unauthorized, "\(String(describing: error))")
            #expect(await statuses.next(1) == ["disconnected badCredential"])
            await client.close()
        }
    }
}
