import DeviceClient
import Foundation
import GRDB
import Glibc
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient
import TestKit
import Testing

/// `twinfleet hub --data` killed while its storage fails.
@Suite("A hub whose storage fails until it is killed", .timeLimit(.minutes(2)))
struct FailingStorageTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("has shown nobody what it has lost", arguments: [TransportType.mqttTcpOnly, .amqpTcpOnly])
    func kill(_ transport: TransportType) async throws {
        let (program, ready) = try await bench.startHub("--data", "data")
        // Whoever holds the database for writing is as good as a full disk.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(30)
        let file = bench.directory.url.appendingPathComponent("data/hub.sqlite").path
        let shell = try DatabaseQueue(path: file, configuration: configuration)
        let version = try await withManager(ready) { manager in
            let device = try await manager.addDevice(Device(id: "d"))
            let version = try await update(manager, 1)
            let client = try client(of: device, ready, transport)
            let told = NIOLockedValueBox<[Int64]>([])
            try await client.setDesiredPropertyHandler { _, update in
                told.withLockedValue { $0.append(update.version) }
            }
            try await shell.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            async let writing = refusal { _ = try await update(manager, 2) }
            async let asking = askUntilFailure(client)
            let shown = try await withThrowingTaskGroup(of: [Int64?].self) { group in
                for _ in 0..<3 { group.addTask { try await readUntilRefused(manager) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(await writing == .serverError)
            #expect(shown.allSatisfy { $0 == 1 }, "\(shown)")
            let answered = await asking
            #expect(answered.allSatisfy { $0 == 1 }, "\(answered)")
            #expect(told.withLockedValue { $0 }.allSatisfy { $0 <= version })
            await client.close()
            let listing = await refusal { _ = try await manager.getDevices() }
            #expect(listing == .serviceUnavailable)
            let query = await refusal {
                _ = try await manager.createQuery("SELECT * FROM devices WHERE tags.n = 2").nextAsTwin()
            }
            #expect(query == .serviceUnavailable)
            return version
        }
        program.signal(SIGKILL)
        #expect(await program.outcome().exitCode == 128 + SIGKILL)
        try await shell.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try shell.close()

        let (second, again) = try await bench.startHub("--data", "data")
        try await withManager(again) { manager in
            let twin = try await manager.getTwin("d")
            #expect(twin.tags["n"] == 1)
            #expect(twin.properties.desired.version == version)
            // The number that the lost write would have had is free: nobody has seen it.
            #expect(try await update(manager, 3) == version + 1)
        }
        try second.closeInput()
        #expect(await second.outcome().exitCode == 0)
    }

    /// Sets a value, and returns its version.
    private func update(_ manager: RegistryManager, _ value: Int64) async throws -> Int64 {
        let patch: JSON = ["tags": ["n": .integer(value)], "properties": ["desired": ["n": .integer(value)]]]
        return try #require(try await manager.updateTwin("d", patch: patch).properties.desired.version)
    }

    /// Reads until the hub refuses to answer; returns what it has shown until then.
    private func readUntilRefused(_ manager: RegistryManager) async throws -> [Int64?] {
        var shown: [Int64?] = []
        while true {
            do {
                shown.append(try await manager.getTwin("d").tags["n"]?.integerValue)
            } catch let error as ServiceClientError where error.code == .serviceUnavailable {
                return shown
            }
        }
    }

    private func client(of device: Device, _ ready: JSON, _ transport: TransportType) throws -> DeviceClient {
        var options = ClientOptions()
        options.trustedCAFile = try #require(ready["ca"]?.stringValue)
        options.mqttPort = Int(try #require(ready["mqttPort"]?.integerValue))
        options.amqpPort = Int(try #require(ready["amqpPort"]?.integerValue))
        // Longer than the hub waits for whoever holds its database.
        options.operationTimeout = .seconds(10)
        let key = try #require(device.authentication.symmetricKey?.primaryKey)
        return try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=\(device.id);SharedAccessKey=\(key)",
            transport: transport,
            options: options
        )
    }

    /// Asks for the device's twin until that fails; returns what it was shown until then.
    private func askUntilFailure(_ client: DeviceClient) async -> [Int64?] {
        var shown: [Int64?] = []
        while let twin = try? await client.getTwin() { shown.append(twin.properties.desired["n"]?.integerValue) }
        return shown
    }

    private func refusal(_ body: () async throws -> Void) async -> IoTHubErrorCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceClientError)?.code
        }
    }

    private func withManager<Result: Sendable>(
        _ ready: JSON,
        _ body: (RegistryManager) async throws -> Result
    ) async throws -> Result {
        var options = ServiceClientOptions()
        options.trustedCAFile = try #require(ready["ca"]?.stringValue)
        options.retryPolicy = .none
        let manager = try RegistryManager.create(
            connectionString: try #require(ready["connectionString"]?.stringValue),
            options: options
        )
        let result: Result
        do {
            result = try await body(manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
        return result
    }
}
