import Dispatch
import GRDB
import IoTHub
import NIOConcurrencyHelpers

extension Database {
    /// Writes a batch, within a transaction.
    /// - Returns: about how many bytes it takes in the log.
    func write(_ batch: JournalBatch) throws -> Int {
        // The log takes whole pages: one at least for each row, and one for its place in the index.
        let row = 8_192
        var bytes = 0
        for (id, change) in batch.devices {
            bytes += row
            switch change {
            case .removed:
                try cachedStatement(sql: "DELETE FROM devices WHERE id = ?").execute(arguments: [id])
            case .kept(let stored, let parts):
                let activity = stored.device.lastActivityTime.description
                let identity = parts.contains(.identity) ? stored.device.json.text : ""
                let twin = parts.contains(.twin) ? String(decoding: stored.twin.stored, as: UTF8.self) : ""
                bytes += identity.utf8.count + twin.utf8.count
                switch parts {
                case .identity:
                    try cachedStatement(sql: "UPDATE devices SET identity = ?, lastActivityTime = ? WHERE id = ?")
                        .execute(arguments: [identity, activity, id])
                case .twin:
                    try cachedStatement(sql: "UPDATE devices SET twin = ?, lastActivityTime = ? WHERE id = ?")
                        .execute(arguments: [twin, activity, id])
                default:
                    try cachedStatement(
                        sql: """
                            INSERT INTO devices (id, identity, lastActivityTime, twin) VALUES (?, ?, ?, ?)
                            ON CONFLICT (id) DO UPDATE SET identity = excluded.identity,
                                lastActivityTime = excluded.lastActivityTime, twin = excluded.twin
                            """
                    )
                    .execute(arguments: [id, identity, activity, twin])
                }
            }
        }
        for (id, subscriptions) in batch.sessions {
            bytes += row
            if let subscriptions {
                try cachedStatement(sql: "INSERT OR REPLACE INTO sessions (id, subscriptions) VALUES (?, ?)")
                    .execute(arguments: [id, subscriptions.json.text])
            } else {
                try cachedStatement(sql: "DELETE FROM sessions WHERE id = ?").execute(arguments: [id])
            }
        }
        return bytes
    }
}

extension HubDatabase {
    /// How many rows are read before they are parsed.
    private static let rowsAtATime = 4096

    private struct DeviceRow: Sendable {
        var id: String
        var identity: String
        /// Newer than the one in the identity when the device has written its twin since.
        var lastActivityTime: String
        var twin: String
    }

    /// Reads all devices, and parses them on all cores.
    /// - Parameter body: called for each device, on several threads at once and in no order.
    /// - Throws: `LocalHubError` that names the file, and the device that cannot be understood.
    func readDevices(_ body: @escaping @Sendable (StoredDevice) -> Void) throws(LocalHubError) {
        do {
            try queue.read { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT id, identity, lastActivityTime, twin FROM devices")
                var chunk: [DeviceRow] = []
                while let row = try rows.next() {
                    chunk.append(DeviceRow(id: row[0], identity: row[1], lastActivityTime: row[2], twin: row[3]))
                    if chunk.count == Self.rowsAtATime {
                        try parse(chunk, body)
                        chunk.removeAll(keepingCapacity: true)
                    }
                }
                try parse(chunk, body)
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    private func parse(_ rows: [DeviceRow], _ body: @escaping @Sendable (StoredDevice) -> Void) throws {
        let pieceSize = 256
        let failure = NIOLockedValueBox<LocalHubError?>(nil)
        DispatchQueue.concurrentPerform(iterations: (rows.count + pieceSize - 1) / pieceSize) { piece in
            for row in rows[(piece * pieceSize)...].prefix(pieceSize) {
                do {
                    body(try Self.device(row))
                } catch {
                    failure.withLockedValue { $0 = Self.unreadable("device '\(row.id)'", error, in: file) }
                    return
                }
            }
        }
        if let failure = failure.withLockedValue({ $0 }) { throw failure }
    }

    private static func device(_ row: DeviceRow) throws -> StoredDevice {
        var device = try Device(stored: JSONObject(parsing: row.identity))
        device.lastActivityTime = try HubTimestamp(parsing: row.lastActivityTime)
        return StoredDevice(
            device: device,
            twin: try TwinDocument(deviceID: row.id, stored: JSONObject(parsing: row.twin))
        )
    }

    /// Reads all sessions.
    /// - Throws: `LocalHubError` that names the file, and the session that cannot be understood.
    func readSessions() throws(LocalHubError) -> [String: MQTTSubscriptionSet] {
        do {
            return try queue.read { db in
                var sessions: [String: MQTTSubscriptionSet] = [:]
                let rows = try Row.fetchCursor(db, sql: "SELECT id, subscriptions FROM sessions")
                while let row = try rows.next() {
                    let (id, text): (String, String) = (row[0], row[1])
                    do {
                        sessions[id] = try MQTTSubscriptionSet(json: JSONObject(parsing: text))
                    } catch {
                        throw Self.unreadable("the session of device '\(id)'", error, in: file)
                    }
                }
                return sessions
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    private static func unreadable(_ what: String, _ error: any Error, in file: String) -> LocalHubError {
        LocalHubError(
            .dataDirectory,
            "cannot understand \(what) in '\(file)': \(error); mend or delete its row with the sqlite3 shell"
        )
    }
}
