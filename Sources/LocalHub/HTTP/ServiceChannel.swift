import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection of the HTTPS front end: TLS, HTTP/1.1, and the handler that answers; or a WebSocket, if the first request
/// asks for one.
struct ServiceChannel: ServerChildChannel {
    /// A connection that serves itself.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// When the connection is closed, or has become a WebSocket and is no longer served here.
        let left: EventLoopFuture<Void>
    }

    /// After this time without a byte a connection is closed.
    private static let idleTimeout = TimeAmount.minutes(5)

    let tls: HubTLS
    let open: OpenChannels
    let api: ServiceAPI
    let webSockets: WebSocketEndpoint
    let logger: Logger

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try open.add(channel)
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client that has stopped sending has left: there is nothing to answer it.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            let left = channel.eventLoop.makePromise(of: Void.self)
            channel.closeFuture.cascade(to: left)
            let idle = IdleStateHandler(allTimeout: Self.idleTimeout)
            // A client that does not read its answers may not ask for more.
            let backPressure = BackPressureHandler()
            let keys = api.entra.map { IssuerKeysHandler(authorizer: $0, clock: api.registry.now) }
            let service = ServiceHandler(api: api, webSockets: webSockets, logger: self.logger)
            let answering: [any ChannelHandler & RemovableChannelHandler] = keys.map { [$0, service] } ?? [service]
            let upgrader = WebSocketUpgrader(webSockets, removing: [idle, backPressure] + answering, left: left)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers(tls.makeHandler(), idle, backPressure)
            try pipeline.configureHTTPServerPipeline(withServerUpgrade: ([upgrader], { _ in }))
            try pipeline.addHandlers(answering)
            return Value(channel: channel, left: left.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // A future of this kind does not fail.
            try? await value.left.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
