import IoTHub
import Logging
import NIOCore
import NIOHTTP1

/// The front end of the hub for devices over WebSockets: it has no port of its own, but takes over connections of the
/// HTTPS front end, and hands each to a handler of the protocol that it asked for.
final class WebSocketEndpoint: Sendable {
    private let loops: DeviceLoops
    private let makers: [WebSocketOffer.Subprotocol: DeviceLoops.MakeHandler]

    /// Makes an endpoint that takes connections; it must be stopped.
    /// - Parameters:
    ///   - registry: the twins; its policies may sign for devices.
    ///   - hostNames: the names that tokens for this hub bear.
    ///   - clients: knows the certificates that clients have shown.
    ///   - group: the HTTPS front end's; must outlive the endpoint.
    ///   - logger: gets device ids and reasons, never tokens or keys.
    ///   - clock: other than the system's in tests.
    init(
        registry: TwinRegistry,
        hostNames: Set<String>,
        clients: ClientCertificateCheck,
        group: any EventLoopGroup,
        logger: Logger,
        clock: DeviceClock = .system
    ) {
        func maker(_ frontEnd: (some DeviceFrontEnd).Type) -> DeviceLoops.MakeHandler {
            frontEnd.makeHandler(
                over: .webSocket,
                registry: registry,
                hostNames: hostNames,
                clients: clients,
                logger: logger,
                clock: clock
            )
        }
        makers = [.mqtt: maker(MQTTServer.self), .amqp: maker(AMQPServer.self)]
        loops = DeviceLoops(group, clock: clock)
        loops.startTimers()
    }

    /// Looks for a WebSocket in what a request asks for; to be called on the connection's loop.
    /// - Returns: nil when the request has nothing to do with WebSockets.
    /// - Throws: `WebSocketRefusal` when it has, but cannot be granted.
    func offer(in line: HTTPRequestHead, on eventLoop: any EventLoop) throws(WebSocketRefusal) -> WebSocketOffer? {
        guard let offer = try WebSocketOffer(line) else { return nil }
        guard loops.isOpen(on: eventLoop) else {
            throw WebSocketRefusal(.serviceUnavailable, "the hub takes no WebSockets at the moment; try again later")
        }
        return offer
    }

    /// Takes a connection over that has left HTTP; to be called on its loop.
    /// - Throws: `ChannelError.ioOnClosedChannel` when connections are no longer taken.
    func take(_ channel: any Channel, _ offer: WebSocketOffer) throws {
        guard let maker = makers[offer.subprotocol] else { throw ChannelError.operationUnsupported }
        try WebSocketHandler.add(to: channel.pipeline.syncOperations)
        try loops.take(channel, maker)
    }

    /// Cuts every connection, as when a network fails, and takes no more; sessions stay.
    func suspend() async { await loops.close() }

    /// Takes connections again.
    func resume() async throws { try await loops.open() }

    /// Stops for good; returns when all sockets are closed.
    func stop() async {
        await loops.close()
        await loops.stopTimers()
    }

    /// Closes at once whatever has overstayed; the endpoint does it by itself every now and then.
    func sweep() async { await loops.sweep() }
}
