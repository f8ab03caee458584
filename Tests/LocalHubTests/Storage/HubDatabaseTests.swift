import Foundation
import GRDB
import IoTHub
import Logging
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import LocalHub

@Suite("The hub's database")
struct HubDatabaseTests {
    let directory: TemporaryDirectory
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { directory = try TemporaryDirectory() }

    private var file: String { directory.url.appendingPathComponent("hub.sqlite").path }

    private func withDatabase<Result>(_ body: (HubDatabase) throws -> Result) throws -> Result {
        let database = try HubDatabase(file: file, logger: logger)
        defer { database.close() }
        return try body(database)
    }

    private func devices(of database: HubDatabase) throws -> [String: StoredDevice] {
        let devices = NIOLockedValueBox<[String: StoredDevice]>([:])
        try database.readDevices { stored in devices.withLockedValue { $0[stored.device.id] = stored } }
        return devices.withLockedValue { $0 }
    }

    /// The message of the refusal to open, which must name the file.
    private func refusal() throws -> String {
        let error = #expect(throws: LocalHubError.self) { try withDatabase { _ in } }
        #expect(error?.reason == .dataDirectory)
        let text = error?.description ?? ""
        #expect(text.contains("'\(file)'"))
        return text
    }

    @Test("a commit is as durable as SQLite makes it")
    func durability() throws {
        try withDatabase { database in
            try database.queue.read { (db) throws in
                #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
                // 2 is FULL.
                #expect(try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2)
            }
        }
    }

    @Test("devices and sessions come back as they were, whatever parts were written, in whatever order")
    func batches() throws {
        var random = RandomTwin(seed: 1)
        var generator = SeededGenerator(seed: 2)
        var expected: [String: StoredDevice] = [:]
        var sessions: [String: MQTTSubscriptionSet] = [:]
        for _ in 0..<4 {
            try withDatabase { database in
                for _ in 0..<10 {
                    var batch = JournalBatch()
                    for _ in 0..<20 {
                        let id = "d\(Int.random(in: 0..<40, using: &generator))"
                        switch (Int.random(in: 0..<6, using: &generator), expected[id]) {
                        case (0, .some):
                            batch.removeDevice(id)
                            expected[id] = nil
                        case (1, .some(var stored)):
                            stored.device = random.device(id)
                            batch.keep(stored, .identity)
                            expected[id] = stored
                        case (_, .some(var stored)):
                            random.change(&stored.twin)
                            batch.keep(stored, .twin)
                            expected[id] = stored
                        case (_, nil):
                            let stored = StoredDevice(device: random.device(id), twin: random.twin(of: id))
                            batch.keep(stored, .all)
                            expected[id] = stored
                        }
                        var subscriptions: MQTTSubscriptionSet? = MQTTSubscriptionSet()
                        subscriptions?[.methods] = .atLeastOnce
                        if Bool.random(using: &generator) { subscriptions = nil }
                        batch.keepSession(subscriptions, of: id)
                        sessions[id] = subscriptions
                    }
                    try database.commit(batch)
                    database.tidy()
                }
            }
            try withDatabase { database in
                let read = try devices(of: database)
                #expect(read.keys.sorted() == expected.keys.sorted())
                for (id, stored) in expected {
                    #expect(read[id]?.device == stored.device)
                    #expect(read[id]?.twin.stored == stored.twin.stored)
                }
                #expect(try database.readSessions() == sessions)
            }
        }
    }

    @Test("the log is carried over, so that it stays small")
    func log() throws {
        try withDatabase { database in
            var twin = TwinDocument(deviceID: "d")
            let text = JSON.string(String(repeating: "x", count: 4000))
            _ = try twin.patch(TwinWrite(desired: ["a": text, "b": text, "c": text, "d": text]), at: .now())
            for _ in 0..<60 {
                var batch = JournalBatch()
                for device in 0..<20 { batch.keep(StoredDevice(device: Device(id: "d\(device)"), twin: twin), .all) }
                try database.commit(batch)
                database.tidy()
            }
            let size = try FileManager.default.attributesOfItem(atPath: file + "-wal")[.size] as? Int
            // All that was written is more than 20 MB.
            #expect(try #require(size) < 16 * 1024 * 1024)
        }
    }

    @Test("what is no database is refused, and stays as it was")
    func rubbish() throws {
        try directory.write(String(repeating: "no database ", count: 1000), to: "hub.sqlite")
        #expect(try refusal().contains("damaged or no database"))
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("no database"))
    }

    @Test("a damaged database is refused")
    func damaged() throws {
        try withDatabase { database in
            var batch = JournalBatch()
            for device in 0..<500 {
                let id = "d\(device)"
                batch.keep(StoredDevice(device: Device(id: id), twin: TwinDocument(deviceID: id)), .all)
            }
            try database.commit(batch)
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        let size = try handle.seekToEnd()
        for page in stride(from: 4096, to: size, by: 4096) {
            try handle.seek(toOffset: page)
            try handle.write(contentsOf: [UInt8](repeating: 0xFF, count: 200))
        }
        try handle.close()
        let error = #expect(throws: LocalHubError.self) { try withDatabase { try devices(of: $0) } }
        #expect(error?.description.contains("damaged or no database") == true)
        #expect(error?.description.contains("'\(file)'") == true)
    }

    @Test("a database of a newer twinfleet is refused")
    func newer() throws {
        try withDatabase { database in
            try database.queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
        }
        #expect(try refusal().contains("newer twinfleet"))
    }

    @Test(
        "another program's database is refused, and stays as it was",
        arguments: [
            "CREATE TABLE notes (text TEXT)",
            "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY); CREATE TABLE devices (id TEXT)",
            "PRAGMA application_id = 252006674; CREATE TABLE notes (text TEXT)",
        ]
    )
    func foreign(sql: String) throws {
        let foreign = try DatabaseQueue(path: file)
        try foreign.write { try $0.execute(sql: sql) }
        try foreign.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        let permissions = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        let text = try refusal()
        #expect(text.contains("another program's database"))
        #expect(text.contains(sql.contains("notes") ? "notes" : "devices"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == permissions)
        #expect(!FileManager.default.fileExists(atPath: file + "-wal"))
    }

    @Test("a hub's database from before there was a mark is taken, and marked")
    func unmarked() throws {
        try withDatabase { database in
            try database.queue.write { try $0.execute(sql: "PRAGMA application_id = 0") }
            try database.keep([.policies: "kept"])
        }
        try withDatabase { (database) throws in
            #expect(try database.text(.policies) == "kept")
            let mark = try database.queue.read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
            #expect(mark == 0x5457_4648)
        }
    }

    @Test("a row that cannot be understood is named")
    func badRow() throws {
        try withDatabase { database in
            try database.queue.write { db in
                try db.execute(sql: "INSERT INTO devices VALUES ('bad one', '{}', '', '{}')")
                try db.execute(sql: "INSERT INTO sessions VALUES ('other', '[]')")
            }
            let error = #expect(throws: LocalHubError.self) { try devices(of: database) }
            #expect(error?.description.contains("device 'bad one'") == true)
            let other = #expect(throws: LocalHubError.self) { try database.readSessions() }
            #expect(other?.description.contains("device 'other'") == true)
        }
    }

    @Test("a folder that cannot be written is named")
    func missingFolder() throws {
        let error = #expect(throws: LocalHubError.self) {
            try HubDatabase(file: "/proc/nowhere/hub.sqlite", logger: logger)
        }
        #expect(error?.description.contains("/proc/nowhere/hub.sqlite") == true)
    }
}
