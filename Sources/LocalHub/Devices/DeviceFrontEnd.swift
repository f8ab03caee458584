import Logging
import NIOCore

/// A protocol of devices that the hub serves.
protocol DeviceFrontEnd {
    /// Makes the handlers of connections, whatever carries them.
    /// - Parameters:
    ///   - carrier: what carries the connections.
    ///   - registry: the twins; its policies may sign for devices.
    ///   - hostNames: the names that tokens for this hub bear.
    ///   - clients: knows the certificates that clients have shown.
    ///   - logger: gets device ids and reasons, never tokens or keys.
    ///   - clock: other than the system's in tests.
    /// - Returns: what makes them, on each connection's loop.
    static func makeHandler(
        over carrier: DeviceCarrier,
        registry: TwinRegistry,
        hostNames: Set<String>,
        clients: ClientCertificateCheck,
        logger: Logger,
        clock: DeviceClock
    ) -> DeviceLoops.MakeHandler
}

extension DeviceFrontEnd {
    /// Starts listening, over TLS.
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
        try await DeviceServer.start(
            bindAddress: bindAddress,
            port: port,
            tls: tls,
            group: group,
            clock: clock,
            makeHandler: makeHandler(
                over: .tcp,
                registry: registry,
                hostNames: hostNames,
                clients: tls.clients,
                logger: logger,
                clock: clock
            )
        )
    }
}
