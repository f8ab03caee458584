import GRDB

extension HubDatabase {
    /// The certificate authorities that are registered, by name.
    /// - Throws: `LocalHubError` that names the file.
    func authorities() throws(LocalHubError) -> [DeviceAuthority] {
        do {
            return try queue.read { db in
                try Row.fetchAll(db, sql: "SELECT name, certificate FROM authorities ORDER BY name")
                    .map { DeviceAuthority(name: $0[0], pem: $0[1]) }
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    /// Registers certificate authorities, all or none; one whose name is taken replaces the one before.
    /// - Throws: `LocalHubError`: `badAuthority` when there would be too many.
    func register(_ authorities: [DeviceAuthority]) throws(LocalHubError) {
        guard !authorities.isEmpty else { return }
        do {
            try queue.write { db in
                for authority in authorities {
                    try db.execute(
                        sql: "INSERT OR REPLACE INTO authorities (name, certificate) VALUES (?, ?)",
                        arguments: [authority.name, authority.pem]
                    )
                }
                let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM authorities") ?? 0
                try DeviceAuthority.check(count: count)
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }

    /// Forgets a certificate authority.
    /// - Returns: whether there was one of this name.
    /// - Throws: `LocalHubError` that names the file.
    func removeAuthority(_ name: String) throws(LocalHubError) -> Bool {
        do {
            return try queue.write { db in
                try db.execute(sql: "DELETE FROM authorities WHERE name = ?", arguments: [name])
                return db.changesCount > 0
            }
        } catch {
            throw Self.trouble(error, with: file)
        }
    }
}
