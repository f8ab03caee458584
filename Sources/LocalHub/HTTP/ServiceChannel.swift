import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A connection of the HTTPS front end: TLS below HTTP/1.1.
struct ServiceChannel: ServerChildChannel {
    let tls: NIOSSLContext
    let http: HTTP1Channel
    let open: OpenChannels

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            try open.add(channel)
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        }
        .flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
