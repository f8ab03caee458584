/// How a device reaches the hub, in the names of Microsoft's SDKs.
public enum TransportType: String, Sendable, Hashable, CaseIterable {
    /// AMQP over TCP, or over a WebSocket where TCP does not get through.
    case amqp = "Amqp"
    /// HTTPS; it knows no twins.
    case http1 = "Http1"
    /// AMQP over a WebSocket.
    case amqpWebSocketOnly = "Amqp_WebSocket_Only"
    /// AMQP over TCP.
    case amqpTcpOnly = "Amqp_Tcp_Only"
    /// MQTT over TCP, or over a WebSocket where TCP does not get through.
    case mqtt = "Mqtt"
    /// MQTT over a WebSocket.
    case mqttWebSocketOnly = "Mqtt_WebSocket_Only"
    /// MQTT over TCP.
    case mqttTcpOnly = "Mqtt_Tcp_Only"

    /// Whether it is AMQP, over whatever.
    public var isAMQP: Bool {
        switch self {
        case .amqp, .amqpTcpOnly, .amqpWebSocketOnly: true
        case .mqtt, .mqttTcpOnly, .mqttWebSocketOnly, .http1: false
        }
    }
}

extension TransportType: CustomStringConvertible {
    /// The name in Microsoft's SDKs, such as `Mqtt_Tcp_Only`.
    public var description: String { rawValue }
}
