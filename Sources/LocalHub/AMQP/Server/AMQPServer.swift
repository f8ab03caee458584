import Logging
import NIOCore

/// The hub's AMQP front end: AMQP 1.0 over TLS.
enum AMQPServer {
    /// Starts listening.
    /// - Parameters:
    ///   - registry: the twins; its policies may sign for devices.
    ///   - bindAddress: an IP address of this machine.
    ///   - port: 0 for any that is free.
    ///   - tls: the server's certificate and key.
    ///   - hostNames: the names that tokens for this hub bear.
    ///   - group: must outlive the server.
    ///   - logger: gets device ids and reasons, never tokens or keys.
    ///   - clock: other than the system's in tests.
    /// - Returns: the server; it must be stopped.
    /// - Throws: `IOError` when the port cannot be had.
    static func start(
        registry: TwinRegistry,
        bindAddress: String,
        port: Int,
        tls: HubTLS,
        hostNames: Set<String>,
        group: any EventLoopGroup,
        logger: Logger,
        clock: DeviceClock = .system
    ) async throws -> DeviceServer {
        let shared = AMQPShared(
            registry: registry,
            authorizer: AMQPAuthorizer(
                hostNames: hostNames,
                device: { registry.authenticationData(of: $0) },
                policy: { registry.policies[$0] }
            ),
            clients: tls.clients,
            clock: clock,
            logger: logger
        )
        return try await DeviceServer.start(
            bindAddress: bindAddress,
            port: port,
            tls: tls,
            group: group,
            clock: clock
        ) { AMQPChannelHandler(shared: shared, loop: $0) }
    }
}
