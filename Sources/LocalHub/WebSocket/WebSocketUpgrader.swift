import NIOCore
import NIOHTTP1

/// Turns one connection of the HTTPS front end into a WebSocket, if its first request asks for that.
final class WebSocketUpgrader: HTTPServerProtocolUpgrader {
    let supportedProtocol = "websocket"
    // Looked at where the request is judged, so that the answer can say what is missing.
    let requiredUpgradeHeaders: [String] = []

    private let endpoint: WebSocketEndpoint
    /// What serves HTTP on the connection, and has to go.
    private let handlers: [any RemovableChannelHandler]
    private let left: EventLoopPromise<Void>
    private var offer: WebSocketOffer?

    /// Makes the upgrader of a connection.
    /// - Parameters:
    ///   - endpoint: takes the connection over.
    ///   - handlers: what is to be removed from the pipeline.
    ///   - left: succeeds when the connection has left HTTP.
    init(_ endpoint: WebSocketEndpoint, removing handlers: [any RemovableChannelHandler], left: EventLoopPromise<Void>)
    {
        self.endpoint = endpoint
        self.handlers = handlers
        self.left = left
    }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        do {
            let offer = try endpoint.offer(in: upgradeRequest, on: channel.eventLoop)
            self.offer = offer
            return channel.eventLoop.makeSucceededFuture(offer?.acceptance ?? initialResponseHeaders)
        } catch {
            // The request goes on to the handler of HTTP, which answers it with the same refusal.
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        let channel = context.channel
        let pipeline = context.pipeline.syncOperations
        let removed = handlers.map { pipeline.removeHandler($0) }
        return EventLoopFuture.andAllSucceed(removed, on: context.eventLoop).assumeIsolated().flatMapThrowing {
            [endpoint, offer, left] in
            do {
                guard let offer else { throw ChannelError.operationUnsupported }
                try endpoint.take(channel, offer)
                left.succeed()
            } catch {
                // Nobody is left to do it.
                channel.close(promise: nil)
                throw error
            }
        }.nonisolated()
    }
}
