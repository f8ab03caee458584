import IoTHub

extension HubConnection {
    /// Seconds since 1970.
    @Sendable static func wallClock() -> Int64 { HubTimestamp.now().secondsSinceEpoch }

    /// Makes a connection from the connection string of a shared access policy; nothing is sent yet.
    ///
    /// - Returns: The host without port, and the connection.
    /// - Throws: `IoTHubError` for a malformed connection string, ``ServiceClientError`` for one that is not a policy's
    ///   and for an unreadable file of authorities.
    static func make(
        connectionString: String,
        options: ServiceClientOptions,
        scheme: String,
        clock: @escaping @Sendable () -> Int64
    ) throws -> (hostName: String, connection: HubConnection) {
        let parsed = try ConnectionString(parsing: connectionString)
        let credential = try ServiceCredential(
            connectionString: parsed,
            timeToLive: options.sasTokenTimeToLive,
            clock: clock
        )
        let port = parsed.port.map { ":\($0)" } ?? ""
        let connection = try HubConnection(
            base: "\(scheme)://\(parsed.host)\(port)",
            credential: credential,
            options: options,
            clock: clock
        )
        return (parsed.host, connection)
    }
}
