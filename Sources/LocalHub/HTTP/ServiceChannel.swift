import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection of the HTTPS front end: TLS, HTTP/1.1, and the handler that answers.
struct ServiceChannel: ServerChildChannel {
    /// A connection that serves itself.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    /// After this time without a byte a connection is closed.
    private static let idleTimeout = TimeAmount.minutes(5)

    let tls: HubTLS
    let open: OpenChannels
    let api: ServiceAPI
    let logger: Logger

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try open.add(channel)
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client that has stopped sending has left: there is nothing to answer it.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(tls.makeHandler())
            try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleTimeout))
            // A client that does not read its answers may not ask for more.
            try pipeline.addHandler(BackPressureHandler())
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(ServiceHandler(api: api, logger: self.logger))
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // A future of this kind does not fail.
            try? await value.channel.closeFuture.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
