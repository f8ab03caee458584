import DeviceClient
import Fleet
import Foundation
import GRDB
import Glibc
import IoTHub
import ServiceClient
import TestKit
import Testing

/// `twinfleet hub --data` killed while back end and devices write.
///
/// TWINFLEET_KILL_ROUNDS sets how often, TWINFLEET_KILL_SEED what is written and when it dies.
@Suite("A hub that is killed", .timeLimit(.minutes(30)))
struct KillTests {
    private static let rounds = number("TWINFLEET_KILL_ROUNDS") ?? 20
    private static let seed = number("TWINFLEET_KILL_SEED").map { UInt64($0) } ?? 3
    private static let writers = 8
    /// Devices that each writer makes, changes and removes.
    private static let devicesPerWriter = 6
    /// Devices that are connected, report, and are told of desired changes.
    private static let connected = ["m0", "m1", "m2"]

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    private let bench: Workbench
    private let book = WriteBook()

    init() throws { bench = try Workbench() }

    @Test("has every write that it answered, and never gives a version to a second value")
    func kill() async throws {
        for round in 0..<Self.rounds {
            var chance = SplitMix64(seed: Self.seed, stream: UInt64(round))
            let (program, ready) = try await bench.startHub("--data", "data")
            try await withManager(ready) { manager in
                try await check(manager, "before round \(round)")
                try await withThrowingTaskGroup { group in
                    for writer in 0..<Self.writers {
                        let own = SplitMix64(seed: Self.seed, stream: UInt64(round), UInt64(writer))
                        group.addTask { try await untilTheEnd { try await write(manager, as: writer, own) } }
                    }
                    for id in Self.connected {
                        let key = try await key(of: id, manager)
                        group.addTask { try await untilTheEnd { try await change(manager, id) } }
                        group.addTask { try await untilTheEnd { try await report(ready, id, key: key) } }
                    }
                    await book.wait(for: 20 + Int(chance.next(below: 300)))
                    program.signal(SIGKILL)
                    #expect(await program.outcome().exitCode == 128 + SIGKILL)
                    try await group.waitForAll()
                }
            }
        }
        // It also stops cleanly, and has all then, too.
        for _ in 0..<2 {
            let (program, ready) = try await bench.startHub("--data", "data")
            try await withManager(ready) { try await check($0, "in the end") }
            try program.closeInput()
            #expect(await program.outcome().exitCode == 0)
        }
        let file = bench.directory.url.appendingPathComponent("data/hub.sqlite").path
        let verdict = try await DatabaseQueue(path: file).read {
            try String.fetchOne($0, sql: "PRAGMA integrity_check")
        }
        #expect(verdict == "ok")
        #expect(book.acknowledgements >= 20 * Self.rounds)
    }

    private func withManager(_ ready: JSON, _ body: (RegistryManager) async throws -> Void) async throws {
        var options = ServiceClientOptions()
        options.trustedCAFile = try #require(ready["ca"]?.stringValue)
        // A request that is sent twice could be carried out twice.
        options.retryPolicy = .none
        let manager = try RegistryManager.create(
            connectionString: try #require(ready["connectionString"]?.stringValue),
            options: options
        )
        do {
            try await body(manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
    }

    /// Runs a writer; nobody waits for its writes any more when it fails.
    private func untilTheEnd(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            book.giveUp()
            throw error
        }
    }

    private func key(of id: String, _ manager: RegistryManager) async throws -> String {
        let device: Device
        do {
            device = try await manager.getDevice(id)
        } catch let error as ServiceClientError where error.code == .deviceNotFound {
            for part in [id, "\(id) reported"] { book.attempt(part, .present(value: 0, version: 1)) }
            device = try await manager.addDevice(Device(id: id))
            for part in [id, "\(id) reported"] { acknowledge(part, .present(value: 0, version: 1)) }
        }
        return try #require(device.authentication.symmetricKey?.primaryKey)
    }

    private func acknowledge(_ name: String, _ fact: WriteBook.Fact) {
        let isRight = book.acknowledge(name, fact)
        #expect(isRight, "\(name): the hub answered another write than the one sent: \(fact)")
    }

    // MARK: Writers; each ends with the hub

    /// Makes, changes and removes devices.
    private func write(_ manager: RegistryManager, as writer: Int, _ chance: SplitMix64) async throws {
        var chance = chance
        while true {
            let id = "w\(writer)-\(chance.next(below: UInt64(Self.devicesPerWriter)))"
            do {
                switch book.acknowledged(id) {
                case .absent:
                    book.attempt(id, .present(value: 0, version: 1))
                    _ = try await manager.addDevice(Device(id: id))
                    acknowledge(id, .present(value: 0, version: 1))
                case .present where chance.next(below: 10) == 0:
                    book.attempt(id, .absent)
                    try await manager.removeDevice(id)
                    acknowledge(id, .absent)
                case .present:
                    try await update(manager, id)
                }
            } catch let error as ServiceClientError where error.reason != .refused {
                return
            }
        }
    }

    /// Changes the desired properties of a connected device.
    private func change(_ manager: RegistryManager, _ id: String) async throws {
        do {
            while true { try await update(manager, id) }
        } catch let error as ServiceClientError where error.reason != .refused {
            return
        }
    }

    private func update(_ manager: RegistryManager, _ id: String) async throws {
        let value = book.newValue()
        book.attempt(id, book.acknowledged(id).next(value))
        let patch: JSON = ["tags": ["n": .integer(value)], "properties": ["desired": ["n": .integer(value)]]]
        let twin = try await manager.updateTwin(id, patch: patch)
        acknowledge(id, .present(value: value, version: twin.properties.desired.version ?? 0))
    }

    /// Reports, and hears of desired changes.
    private func report(_ ready: JSON, _ id: String, key: String) async throws {
        var options = ClientOptions()
        options.trustedCAFile = try #require(ready["ca"]?.stringValue)
        options.mqttPort = Int(try #require(ready["mqttPort"]?.integerValue))
        let client = try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=\(id);SharedAccessKey=\(key)",
            options: options
        )
        await client.setRetryPolicy(NoRetry())
        do {
            try await client.setDesiredPropertyHandler { [book] _, update in
                guard let value = update.properties["n"]?.integerValue else { return }
                book.told(id, version: update.version, value: value)
            }
            let name = "\(id) reported"
            while true {
                let value = book.newValue()
                book.attempt(name, book.acknowledged(name).next(value))
                let version = try await client.updateReportedProperties(["n": .integer(value)])
                acknowledge(name, .present(value: value, version: version))
            }
        } catch let error as DeviceClientError {
            await client.close()
            #expect(error.status == nil, "\(error)")
        }
    }

    // MARK: The check

    /// Holds all that the hub has against the book.
    private func check(_ manager: RegistryManager, _ when: Comment) async throws {
        let there = Set(try await manager.getDevices().map(\.id))
        let known = Set(book.names.map { String($0.prefix { $0 != " " }) })
        #expect(there.isSubset(of: known), when)
        for id in known.sorted() {
            guard there.contains(id) else {
                settle(id, .absent, when)
                continue
            }
            let twin = try await manager.getTwin(id)
            let desired = fact(twin.properties.desired)
            settle(id, desired, when)
            #expect(twin.tags["n"] == twin.properties.desired["n"], "one write of two sections is one write")
            if Self.connected.contains(id) {
                settle("\(id) reported", fact(twin.properties.reported), when)
                let contradictions = book.contradictions(id, desired)
                #expect(contradictions.isEmpty, when)
            }
        }
    }

    private func fact(_ section: TwinCollection) -> WriteBook.Fact {
        .present(value: section["n"]?.integerValue ?? 0, version: section.version ?? 0)
    }

    private func settle(_ name: String, _ actual: WriteBook.Fact, _ when: Comment) {
        let fault = book.settle(name, actual)
        #expect(fault == nil, when)
    }
}
