import Foundation
import GRDB
import Glibc
import IoTHub
import Logging
import NIOConcurrencyHelpers

/// The SQLite database in a hub's data folder.
///
/// Its texts are JSON, so that a person can read and query it with the `sqlite3` shell while the hub runs. It is in WAL
/// mode with `synchronous` FULL: a commit has reached the disk when it returns, so a write outlives a killed process
/// and a power failure. The log is carried over into the database after answers are sent, never before.
final class HubDatabase: Sendable {
    /// Text that is kept once per hub.
    enum Setting: String, CaseIterable {
        case policies
        case authorityCertificate
        case authorityKey
        case serverCertificate
        case serverKey
    }

    /// What marks a hub's database for `file` and for other hubs: "TWFH" as the application id.
    ///
    /// Source: SQLite documentation, "PRAGMA application_id".
    private static let applicationID: Int32 = 0x5457_4648
    /// How much the log may grow before it is carried over, in bytes.
    private static let largestLog = 8 * 1024 * 1024
    /// How long to wait for somebody who holds the database in a shell, in seconds.
    private static let patience = 5.0

    /// The database's file.
    let file: String
    let queue: DatabaseQueue
    private let logger: Logger
    /// About how many bytes are in the log.
    private let logSize = NIOLockedValueBox(0)

    /// Opens a database, or makes it.
    /// - Throws: `LocalHubError` that names the file and what to do.
    init(file: String, logger: Logger) throws(LocalHubError) {
        self.file = file
        self.logger = logger
        do {
            let isNew = access(file, F_OK) != 0
            // SQLite gives its log the same permissions.
            if isNew { try PrivateFile.create(file, mode: 0o600) }
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.patience)
            configuration.label = "twinfleet.hub.database"
            queue = try DatabaseQueue(path: file, configuration: configuration)
            // Before anything is changed: a file that is refused stays as it is.
            try queue.read { try Self.checkOwner($0, file) }
            if !isNew { try PrivateFile.create(file, mode: 0o600) }
            try queue.writeWithoutTransaction { try Self.setUp($0, file) }
            let migrator = Self.migrator
            guard try queue.read({ try !migrator.hasBeenSuperseded($0) }) else {
                throw LocalHubError(
                    .dataDirectory,
                    "'\(file)' was written by a newer twinfleet; use that one, or another data folder"
                )
            }
            try migrator.migrate(queue)
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    /// Sees to it that a database is a hub's, or empty.
    private static func checkOwner(_ db: Database, _ file: String) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if id == applicationID { return }
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        // Hubs have marked their databases only since there were some.
        let isUnmarked = Set(tables).isSuperset(of: ["grdb_migrations", "devices", "sessions", "settings"])
        let isEmpty = tables.allSatisfy { $0 == "grdb_migrations" }
        guard id == 0, isUnmarked || isEmpty else {
            throw LocalHubError(
                .dataDirectory,
                "'\(file)' is another program's database (application id \(id), tables "
                    + "\(tables.prefix(5).joined(separator: ", "))), and a hub does not touch the files of others; give "
                    + "--data a folder of its own, or move the file away"
            )
        }
    }

    private static func setUp(_ db: Database, _ file: String) throws {
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw LocalHubError(
                .dataDirectory,
                "'\(file)' cannot have a write-ahead log where it is; give --data a folder on a disk of this machine"
            )
        }
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
        if try Int32.fetchOne(db, sql: "PRAGMA application_id") != applicationID {
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE devices (
                        id TEXT NOT NULL PRIMARY KEY,
                        identity TEXT NOT NULL,
                        lastActivityTime TEXT NOT NULL,
                        twin TEXT NOT NULL
                    );
                    CREATE TABLE sessions (id TEXT NOT NULL PRIMARY KEY, subscriptions TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                    """
            )
        }
        migrator.registerMigration("2") { db in
            try db.execute(
                sql:
                    "CREATE TABLE authorities (name TEXT NOT NULL PRIMARY KEY, certificate TEXT NOT NULL) WITHOUT ROWID"
            )
        }
        return migrator
    }

    /// Closes the database; the log is carried over.
    func close() {
        do {
            try queue.close()
        } catch {
            logger.error("cannot close the database", metadata: ["file": "\(file)", "error": "\(error)"])
        }
    }

    // MARK: Settings

    /// What is kept under a name; nil for nothing.
    func text(_ setting: Setting) throws(LocalHubError) -> String? {
        do {
            return try queue.read { db in
                try String.fetchOne(
                    db,
                    sql: "SELECT value FROM settings WHERE name = ?",
                    arguments: [setting.rawValue]
                )
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    /// Keeps texts under their names, all or none.
    func keep(_ texts: [Setting: String]) throws(LocalHubError) {
        do {
            try queue.write { db in
                for (setting, text) in texts {
                    try db.execute(
                        sql: "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                        arguments: [setting.rawValue, text]
                    )
                }
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    // MARK: Errors

    /// What an error of the database means, and what to do.
    static func trouble(_ error: any Error, with file: String) -> LocalHubError {
        if let error = error as? LocalHubError { return error }
        guard let error = error as? DatabaseError else {
            return LocalHubError(.dataDirectory, "cannot use '\(file)': \(error)")
        }
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            return LocalHubError(
                .dataDirectory,
                "'\(file)' is damaged or no database (\(reason)); put a backup in its place, or give --data another "
                    + "folder to begin with an empty hub, whose clients need its ca.pem and keys"
            )
        case .SQLITE_FULL:
            return LocalHubError(.dataDirectory, "cannot write '\(file)': \(reason); make room on its disk")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LocalHubError(
                .dataDirectory,
                "'\(file)' is held by another program (\(reason)); end it, such as a transaction in a shell"
            )
        default:
            return LocalHubError(.dataDirectory, "cannot use '\(file)': \(reason)")
        }
    }
}

extension HubDatabase: JournalStore {
    func commit(_ batch: JournalBatch) throws {
        var written = 0
        do {
            try queue.inTransaction(.immediate) { db in
                written = try db.write(batch)
                return .commit
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
        logSize.withLockedValue { $0 += written }
    }

    func tidy() {
        let isDue = logSize.withLockedValue { size in
            guard size > Self.largestLog else { return false }
            size = 0
            return true
        }
        guard isDue else { return }
        do {
            _ = try queue.writeWithoutTransaction { try $0.checkpoint(.passive) }
        } catch {
            logger.warning("cannot carry the log over", metadata: ["file": "\(file)", "error": "\(error)"])
        }
    }
}
