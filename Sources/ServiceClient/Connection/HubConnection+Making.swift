import IoTHub

extension HubConnection {
    /// Seconds since 1970.
    @Sendable static func wallClock() -> Int64 { HubTimestamp.now().secondsSinceEpoch }

    /// Makes a connection from the connection string of a shared access policy; nothing is sent yet.
    ///
    /// - Throws: `IoTHubError` for a malformed connection string, ``ServiceClientError`` for one that is not a policy's
    ///   and for an unreadable file of authorities.
    static func make(
        connectionString: String,
        options: ServiceClientOptions,
        scheme: String = "https",
        clock: @escaping @Sendable () -> Int64 = wallClock
    ) throws -> HubConnection {
        let parsed = try ConnectionString(parsing: connectionString)
        let credential = try ServiceCredential(
            connectionString: parsed,
            timeToLive: options.sasTokenTimeToLive,
            clock: clock
        )
        return try make(parsed.hostName, credential, options, scheme, clock)
    }

    /// Makes a connection that proves itself by Microsoft Entra; nothing is sent yet.
    ///
    /// - Throws: ``ServiceClientError`` for a bad host name and for an unreadable file of authorities.
    static func make(
        hostName: String,
        credential: any TokenCredential,
        options: ServiceClientOptions,
        scheme: String = "https",
        clock: @escaping @Sendable () -> Int64 = wallClock
    ) throws -> HubConnection {
        let keeper = TokenKeeper(credential: credential, clock: clock, logger: options.logger)
        return try make(hostName, keeper, options, scheme, clock)
    }

    private static func make(
        _ hostName: String,
        _ authorization: any HubAuthorization,
        _ options: ServiceClientOptions,
        _ scheme: String,
        _ clock: @escaping @Sendable () -> Int64
    ) throws -> HubConnection {
        guard let place = HostAndPort(hostName) else {
            throw ServiceClientError(
                reason: .invalidArgument,
                operation: "host name",
                message: "\"\(hostName.prefix(200))\" is not a host name; expected one like myhub.azure-devices.net"
            )
        }
        return try HubConnection(place, scheme: scheme, authorization: authorization, options: options, clock: clock)
    }
}
