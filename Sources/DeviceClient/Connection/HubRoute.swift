internal import IoTHub

/// How a connection gets to the hub: over what, to which port, and through which proxy.
struct HubRoute: Sendable, Hashable {
    /// One of the transports with `Only` in their names.
    var transport: TransportType
    /// The hub's name, which its certificate is for.
    var serverName: String
    /// The hub's port.
    var port: Int
    /// The proxy, if there is one; for WebSockets only.
    var proxy: HTTPProxy?

    /// The host that is looked up and connected to.
    var host: String { proxy?.host ?? serverName }

    /// What it is in words, such as `TCP port 8883`.
    var words: String {
        guard transport.isWebSocket else { return "TCP port \(port)" }
        return "a WebSocket on port \(port)" + (proxy.map { " through the proxy \($0.name)" } ?? "")
    }

    /// Starts to connect to an address of the host; MQTT over TCP has its own way.
    func makeStream(
        address: String,
        tls: DeviceTLS,
        handshake: TLSHandshake
    ) throws(DeviceClientError) -> any HubStream {
        let socket = try TLSSocket(
            address: address,
            port: proxy?.port ?? port,
            through: proxy.map { ProxyTunnel($0, host: serverName, port: port) },
            tls: tls,
            handshake: handshake
        )
        guard transport.isWebSocket else { return socket }
        let subprotocol = transport.isAMQP ? "AMQPWSB10" : "mqtt"
        return WebSocketStream(
            over: socket,
            WebSocketHandshake(host: serverName, port: port, subprotocol: subprotocol)
        )
    }
}

extension TransportType {
    /// Whether it is a WebSocket and nothing else.
    var isWebSocket: Bool { self == .amqpWebSocketOnly || self == .mqttWebSocketOnly }

    /// The transports that it stands for, in the order in which they are tried.
    ///
    /// Source: Azure IoT SDK for C#, `TransportType` and `ProtocolRoutingDelegatingHandler`.
    var alternatives: [TransportType] {
        switch self {
        case .mqtt: [.mqttTcpOnly, .mqttWebSocketOnly]
        case .amqp: [.amqpTcpOnly, .amqpWebSocketOnly]
        case .mqttTcpOnly, .mqttWebSocketOnly, .amqpTcpOnly, .amqpWebSocketOnly, .http1: [self]
        }
    }
}
