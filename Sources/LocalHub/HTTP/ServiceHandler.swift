import IoTHub
import Logging
import NIOCore
import NIOHTTP1

/// Serves one connection on its event loop.
///
/// Most requests are answered where they arrive, since handing them to another thread and back would cost more than the
/// answer; those that may take long are handed over.
final class ServiceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request that is on its way in.
    private struct Exchange {
        let line: HTTPRequestHead
        let head: ServiceAPI.Head
        var route: Result<Route, IoTHubError>
        /// Set when it asks for a WebSocket.
        var refusal: WebSocketRefusal?
        var body = ByteBuffer()

        /// Whether it changes nothing.
        var reads: Bool {
            if case .success(let route) = route, route.operation == .query { return true }
            return line.method == .GET
        }

        /// Whether the connection serves further requests; one that was to be a WebSocket does not.
        var keepsAlive: Bool { line.isKeepAlive && refusal == nil }
    }

    private let api: ServiceAPI
    private let webSockets: WebSocketEndpoint?
    private let logger: Logger
    private var exchange: Exchange?

    /// Makes the handler of a connection.
    /// - Parameters:
    ///   - api: gives the answers.
    ///   - webSockets: says what is wrong with a request for a WebSocket; good ones do not come here.
    ///   - logger: gets paths and statuses.
    init(api: ServiceAPI, webSockets: WebSocketEndpoint? = nil, logger: Logger) {
        self.api = api
        self.webSockets = webSockets
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let line): begin(line, context)
        case .body(let part): take(part)
        case .end: finish(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // It comes ahead of the request, which is answered.
        if error is WebSocketRefusal { return }
        // Whatever else it is, from a failed handshake to a lost connection, concerns this connection only.
        logger.debug("connection broken", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private func begin(_ line: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let head = ServiceAPI.Head(
            method: line.method.rawValue,
            target: line.uri,
            authorization: line.headers.first(name: "authorization"),
            ifMatch: line.headers.first(name: "if-match"),
            paging: Paging(
                maxItemCount: line.headers.first(name: "x-ms-max-item-count"),
                continuation: line.headers.first(name: "x-ms-continuation")
            )
        )
        let refusal = refusal(of: line, on: context.eventLoop)
        let route = Result { () throws(IoTHubError) in
            if let refusal { throw refusal.error }
            return try api.admit(head)
        }
        exchange = Exchange(line: line, head: head, route: route, refusal: refusal)
    }

    /// Why a request for a WebSocket is refused; nil when it is none.
    private func refusal(of line: HTTPRequestHead, on eventLoop: any EventLoop) -> WebSocketRefusal? {
        guard let webSockets else { return nil }
        do throws(WebSocketRefusal) {
            guard try webSockets.offer(in: line, on: eventLoop) != nil else { return nil }
            return WebSocketRefusal(
                .genericBadRequest,
                "only the first request on a connection can ask for a WebSocket; open another connection"
            )
        } catch {
            return error
        }
    }

    /// Keeps a part of the body, unless the request is refused already: then the rest is let pass by.
    private func take(_ part: ByteBuffer) {
        guard case .success(let route) = exchange?.route else { return }
        let size = (exchange?.body.readableBytes ?? 0) + part.readableBytes
        guard size <= route.operation.largestBody else {
            exchange?.body = ByteBuffer()
            exchange?.route = .failure(
                IoTHubError(.messageTooLarge, "the body has more than \(route.operation.largestBody) bytes")
            )
            return
        }
        exchange?.body.writeImmutableBuffer(part)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let exchange = exchange.take() else { return }
        switch exchange.route {
        case .failure(let error):
            var answer = api.refuse(error)
            if let status = exchange.refusal?.status { answer.status = status }
            send(answer, to: exchange, context)
        case .success(let route) where route.operation.isLong: carryOutElsewhere(route, exchange, context)
        case .success(let route):
            let answer = exchange.body.withUnsafeReadableBytes { api.answer(route, exchange.head, body: $0) }
            sendWhenDurable(answer, of: route, to: exchange, context)
        }
    }

    /// Carries a request out on one of the hub's threads for that; the connection's next request waits meanwhile.
    private func carryOutElsewhere(_ route: Route, _ exchange: Exchange, _ context: ChannelHandlerContext) {
        let waiting = NIOLoopBound((handler: self, exchange: exchange, context: context), eventLoop: context.eventLoop)
        let isTaken = api.background.run {
            [api, head = exchange.head, body = exchange.body, eventLoop = context.eventLoop] in
            let answer = body.withUnsafeReadableBytes { api.answer(route, head, body: $0) }
            eventLoop.execute {
                let (handler, exchange, context) = waiting.value
                handler.sendWhenDurable(answer, of: route, to: exchange, context)
            }
        }
        if !isTaken {
            let text = "too many queries, listings and bulk requests wait already; try again later"
            send(api.refuse(IoTHubError(.throttleBacklogLimitExceeded, text)), to: exchange, context)
        }
    }

    private func sendWhenDurable(
        _ answer: ServiceAnswer,
        of route: Route,
        to exchange: Exchange,
        _ context: ChannelHandlerContext
    ) {
        guard api.registry.keepsData, !route.operation.isOfJobs else {
            send(answer, to: exchange, context)
            return
        }
        // Readers and refusals wait as well: what is shown must not vanish when the hub dies.
        let waiting = NIOLoopBound((handler: self, exchange: exchange, context: context), eventLoop: context.eventLoop)
        api.registry.whenDurable { [eventLoop = context.eventLoop] result in
            @Sendable func send() {
                let (handler, exchange, context) = waiting.value
                handler.send(handler.answer(answer, once: result, to: exchange), to: exchange, context)
            }
            if eventLoop.inEventLoop { send() } else { eventLoop.execute(send) }
        }
    }

    /// The answer that holds when the storage has done its part; when it has failed, nothing that may not last is shown.
    private func answer(
        _ answer: ServiceAnswer,
        once result: Result<Void, IoTHubError>,
        to exchange: Exchange
    ) -> ServiceAnswer {
        guard case .failure(let error) = result else { return answer }
        // This write is in memory, and may last or not.
        if !exchange.reads, answer.errorCode == nil { return api.refuse(error) }
        // A refusal, too, may come from what does not last.
        let what = exchange.reads ? "nothing can be read" : "nothing was written"
        return api.refuse(IoTHubError(.serviceUnavailable, "\(what): \(error.message)"))
    }

    private func send(_ answer: ServiceAnswer, to exchange: Exchange, _ context: ChannelHandlerContext) {
        api.registry.tally.answered(answer.status)
        // The path has no secrets; headers and bodies do, and are never logged.
        logger.debug(
            "request",
            metadata: [
                "method": "\(exchange.head.method)", "path": "\(exchange.head.target.prefix { $0 != "?" })",
                "status": "\(answer.status)", "error": "\(answer.errorCode?.name ?? "none")",
            ]
        )
        let keepsAlive = exchange.keepsAlive
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: answer.status),
            headers: answer.headers(keepsAlive: keepsAlive)
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        // A body after HEAD would be taken for the next answer.
        if let body = answer.body, exchange.line.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        if !keepsAlive { written.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}
