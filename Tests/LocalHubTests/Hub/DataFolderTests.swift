import Foundation
import GRDB
import IoTHub
import NIOSSL
import ServiceClient
import TestKit
import Testing

@testable import LocalHub

@Suite("A hub that keeps its data", .timeLimit(.minutes(2)))
struct DataFolderTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { directory.url.appendingPathComponent("data").path }

    /// Runs a hub on the folder.
    private func withHub<Result: Sendable>(_ body: (TestHub) async throws -> Result) async throws -> Result {
        try await TestHub.with(configure: { $0.dataDirectory = path }, body)
    }

    private func withManager(_ test: TestHub, _ body: (RegistryManager) async throws -> Void) async throws {
        var options = ServiceClientOptions()
        options.trustedCAFile = test.hub.certificateAuthorityFile
        options.retryPolicy = .none
        let manager = try RegistryManager.create(connectionString: test.hub.connectionString(), options: options)
        do {
            try await body(manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
    }

    /// Connects a device by MQTT.
    private func connect(_ test: TestHub, _ id: String, sessionPresent: Bool) async throws -> MQTTTestClient {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(test.hub.certificateAuthorityFile)
        let key = try #require(try test.hub.registry.device(id).authentication.symmetricKey?.primaryKey)
        var client = try await MQTTTestClient.open(
            port: test.hub.mqttPort,
            tls: try NIOSSLContext(configuration: configuration)
        )
        try await client.send(.connect(MQTTTestServer.connectPacket(id, key: key)))
        let answer = await client.next()
        guard answer == .connectAcknowledgement(.accepted, sessionPresent: sessionPresent) else {
            throw MQTTTestClient.Unexpected(packet: answer)
        }
        return client
    }

    @Test("after a restart identities, twins, policies and authority are as they were")
    func restart() async throws {
        let (devices, views, policies, authority) = try await withHub { test in
            try await withManager(test) { manager in
                for device in 0..<20 { _ = try await manager.addDevice(Device(id: "d\(device)")) }
                for device in 0..<15 {
                    let patch: JSON = ["tags": ["n": 1], "properties": ["desired": ["fan": ["rpm": 900, "x": 1.5]]]]
                    try await manager.updateTwin("d\(device)", patch: patch)
                    try await manager.updateTwin("d\(device)", patch: ["properties": ["desired": ["fan": ["x": nil]]]])
                }
                for device in 15..<20 { try await manager.removeDevice("d\(device)") }
            }
            let registry = test.hub.registry
            _ = try registry.patchReported("d3", ["temperature": 21.5], ifVersion: nil)
            var device = try registry.device("d4")
            device.status = .disabled
            device.statusReason = "broken"
            try registry.updateDevice(device)
            return (
                registry.devices(), try registry.devices().map { try registry.serviceView(of: $0.id).text },
                registry.policies, try String(contentsOfFile: test.hub.certificateAuthorityFile, encoding: .utf8)
            )
        }
        #expect(devices.count == 15)
        try await withHub { test in
            let registry = test.hub.registry
            #expect(registry.devices() == devices)
            #expect(try registry.devices().map { try registry.serviceView(of: $0.id).text } == views)
            #expect(registry.policies == policies)
            #expect(try String(contentsOfFile: test.hub.certificateAuthorityFile, encoding: .utf8) == authority)
            // The counters go on.
            try registry.patchTwin("d3", with: TwinWrite(desired: ["fan": ["rpm": 1]]))
            #expect(try registry.twin(of: "d3").twin.desired.version == 4)
            #expect(try registry.twin(of: "d3").twin.etag == ETag(twinCounter: 4))
            let device = try registry.device("d0")
            #expect(try registry.updateDevice(device, ifMatch: device.etag?.rawValue).etag != device.etag)
        }
    }

    @Test("a session outlives the hub: its device is told of changes without subscribing again")
    func session() async throws {
        try await withHub { test in
            _ = try test.addDevice("d")
            var client = try await connect(test, "d", sessionPresent: false)
            try await client.subscribe(MQTTServerTwinTests.desired, .atLeastOnce)
        }
        try await withHub { test in
            #expect(try test.hub.registry.device("d").connectionState == .disconnected)
            var client = try await connect(test, "d", sessionPresent: true)
            try test.hub.registry.patchTwin("d", with: TwinWrite(desired: ["n": 1]))
            let delivery = try await client.nextMessage()
            #expect(delivery.topic == "$iothub/twin/PATCH/properties/desired/?$version=2")
            #expect(delivery.packetID != nil)
        }
    }

    @Test("a session ends with its device, also for one of the same id")
    func sessionOfRemovedDevice() async throws {
        try await withHub { test in
            _ = try test.addDevice("d")
            _ = try await connect(test, "d", sessionPresent: false)
            try test.hub.registry.removeDevice("d")
            _ = try test.addDevice("d")
        }
        try await withHub { test in _ = try await connect(test, "d", sessionPresent: false) }
    }

    @Test("while the storage fails writes and reads are refused; then nothing is lost")
    func failingStorage() async throws {
        try await withHub { test in
            _ = try test.addDevice("d")
            // The device is to be there before the storage fails.
            await withCheckedContinuation { done in test.hub.registry.whenDurable { _ in done.resume() } }
            // As good as a full disk: SQLite refuses each write.
            var patient = GRDB.Configuration()
            patient.busyMode = .timeout(30)
            let shell = try DatabaseQueue(path: "\(path)/hub.sqlite", configuration: patient)
            try await shell.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE UPDATE ON devices
                        BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
                        """
                )
            }
            try await withManager(test) { manager in
                func update(_ value: Int64) async -> ServiceClientError? {
                    do {
                        try await manager.updateTwin("d", patch: ["tags": ["n": .integer(value)]])
                        return nil
                    } catch {
                        return error as? ServiceClientError
                    }
                }
                let failure = await update(1)
                #expect(failure?.code == .serverError)
                #expect(failure?.message.contains("database or disk is full") == true)
                let refusal = await update(2)
                #expect(refusal?.code == .serviceUnavailable)
                #expect(refusal?.message.contains("nothing was written") == true)
                let unread = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
                #expect(unread?.code == .serviceUnavailable)
                #expect(unread?.message.contains("nothing can be read") == true)
                try await shell.write { try $0.execute(sql: "DROP TRIGGER full") }
                while await update(3) != nil { await Task.yield() }
            }
            try shell.close()
        }
        try await withHub { test in
            let twin = try test.hub.registry.twin(of: "d").twin
            #expect(twin.tags == ["n": 3])
            #expect(twin.version == 4)
        }
    }

    @Test("a second hub on the folder is refused, and the first goes on")
    func second() async throws {
        try await withHub { test in
            let error = await #expect(throws: LocalHubError.self) { try await withHub { _ in } }
            #expect(error?.reason == .dataDirectoryInUse)
            try await withManager(test) { _ = try await $0.addDevice(Device(id: "d")) }
        }
    }

    @Test("a hub that has stopped holds nothing, even while a program still has it, and takes no writes")
    func stopped() async throws {
        let hub = try await withHub { test in
            _ = try test.addDevice("d")
            return test.hub
        }
        let refusal = #expect(throws: IoTHubError.self) { try hub.registry.removeDevice("d") }
        #expect(refusal?.code == .serviceUnavailable)
        try await withHub { test in _ = try test.hub.registry.device("d") }
    }

    @Test("a damaged database is named and nothing stays behind that keeps the next start from it")
    func damaged() async throws {
        try await withHub { _ in }
        let file = "\(path)/hub.sqlite"
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: file))
        let error = await #expect(throws: LocalHubError.self) { try await withHub { _ in } }
        #expect(error?.description.contains("'\(file)'") == true)
        try good.write(to: URL(fileURLWithPath: file))
        try await withHub { _ in }
    }
}
