import Logging

// The start of a hub with a data folder.
extension TwinRegistry {
    /// Reads devices and sessions from a database, before anybody can write.
    /// - Throws: `LocalHubError` that names the file and what is wrong.
    func restore(from database: HubDatabase, logger: Logger) throws(LocalHubError) {
        let clock = ContinuousClock()
        let start = clock.now
        try database.readDevices { self.restore($0) }
        let kept = try database.readSessions()
        sessions.restore(kept)
        logger.info(
            "read the data folder",
            metadata: [
                "devices": "\(deviceCount)", "sessions": "\(kept.count)", "duration": "\(clock.now - start)",
            ]
        )
    }
}
