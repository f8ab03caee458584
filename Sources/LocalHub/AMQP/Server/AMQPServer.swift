import IoTHub
import Logging

/// The hub's AMQP front end: AMQP 1.0.
enum AMQPServer: DeviceFrontEnd {
    static func makeHandler(
        over carrier: DeviceCarrier,
        registry: TwinRegistry,
        hostNames: Set<String>,
        clients: ClientCertificateCheck,
        logger: Logger,
        clock: DeviceClock
    ) -> DeviceLoops.MakeHandler {
        let shared = AMQPShared(
            transport: carrier == .tcp ? .amqpTcpOnly : .amqpWebSocketOnly,
            registry: registry,
            authorizer: AMQPAuthorizer(
                hostNames: hostNames,
                device: { registry.authenticationData(of: $0) },
                policy: { registry.policies[$0] }
            ),
            clients: clients,
            clock: clock,
            logger: logger
        )
        return { AMQPChannelHandler(shared: shared, loop: $0) }
    }
}
