import Logging
import NIOCore

/// The hub's MQTT front end: MQTT 3.1.1 over TLS.
enum MQTTServer {
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
        let shared = MQTTShared(
            registry: registry,
            credentials: MQTTCredentialCheck(hostNames: hostNames, policyKeys: registry.keysForDevices),
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
        ) { MQTTChannelHandler(shared: shared, loop: $0) }
    }
}
