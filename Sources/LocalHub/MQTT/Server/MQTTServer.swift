import IoTHub
import Logging

/// The hub's MQTT front end: MQTT 3.1.1.
enum MQTTServer: DeviceFrontEnd {
    static func makeHandler(
        over carrier: DeviceCarrier,
        registry: TwinRegistry,
        hostNames: Set<String>,
        clients: ClientCertificateCheck,
        logger: Logger,
        clock: DeviceClock
    ) -> DeviceLoops.MakeHandler {
        let shared = MQTTShared(
            transport: carrier == .tcp ? .mqttTcpOnly : .mqttWebSocketOnly,
            registry: registry,
            credentials: MQTTCredentialCheck(hostNames: hostNames, policyKeys: registry.keysForDevices),
            clients: clients,
            clock: clock,
            logger: logger
        )
        return { MQTTChannelHandler(shared: shared, loop: $0) }
    }
}
