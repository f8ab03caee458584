import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on loopback that answers from a script, for what a well-behaved server never does.
public final class ScriptedHTTPServer: Sendable {
    /// What to do with one request.
    public enum Answer: Sendable {
        /// A complete response.
        case response(status: Int, headers: [String: String] = [:], body: String = "")
        /// These bytes instead of a response, then the connection is closed.
        case raw(String)
        /// The connection is closed without a byte.
        case close
        /// Nothing, for as long as the client waits.
        case silence
    }

    /// A request as it arrived.
    public struct Request: Sendable {
        /// The method, in capitals.
        public var method: String
        /// Path and query as sent.
        public var uri: String
        /// The header fields in the order sent, names in lower case.
        public var headers: [(name: String, value: String)]
        /// The body as text.
        public var body: String

        /// The first value of a header field, named in lower case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name == name }?.value
        }
    }

    private let channel: any Channel
    private let script: Script

    /// The port listened on.
    public var port: Int { channel.localAddress?.port ?? 0 }

    /// The requests so far.
    public var requests: [Request] { script.requests }

    private init(channel: any Channel, script: Script) {
        self.channel = channel
        self.script = script
    }

    /// Starts a server on a free port of 127.0.0.1; requests beyond the script are answered with 500.
    public static func start(answers: [Answer]) async throws -> ScriptedHTTPServer {
        let left = NIOLockedValueBox(answers[...])
        return try await start { _ in
            left.withLockedValue { $0.popFirst() } ?? .response(status: 500, body: "the script is over")
        }
    }

    /// Starts a server on a free port of 127.0.0.1 that answers each request as the closure says.
    public static func start(
        answering answer: @escaping @Sendable (Request) -> Answer
    ) async throws -> ScriptedHTTPServer {
        let script = Script(answering: answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return ScriptedHTTPServer(channel: channel, script: script)
    }

    /// Waits for the next request that no earlier call has returned.
    public func nextRequest() async -> Request? {
        await script.nextRequest()
    }

    /// Stops listening.
    public func stop() async throws {
        try await channel.close()
    }
}

/// What answers and the requests seen, shared by all connections.
private final class Script: Sendable {
    private let answering: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer
    private let seen = NIOLockedValueBox<[ScriptedHTTPServer.Request]>([])
    private let arrivals: AsyncStream<ScriptedHTTPServer.Request>
    private let arrived: AsyncStream<ScriptedHTTPServer.Request>.Continuation

    init(answering: @escaping @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer) {
        self.answering = answering
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    var requests: [ScriptedHTTPServer.Request] { seen.withLockedValue { $0 } }

    func answer(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer {
        seen.withLockedValue { $0.append(request) }
        arrived.yield(request)
        return answering(request)
    }

    func nextRequest() async -> ScriptedHTTPServer.Request? {
        var iterator = arrivals.makeAsyncIterator()
        return await iterator.next()
    }
}

/// Collects one request at a time and plays the script's next answer.
private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: Script
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(script: Script) {
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            play(
                script.answer(
                    ScriptedHTTPServer.Request(
                        method: head.method.rawValue,
                        uri: head.uri,
                        headers: head.headers.map { ($0.name.lowercased(), $0.value) },
                        body: String(buffer: body)
                    )
                ),
                context: context
            )
        }
    }

    private func play(_ answer: ScriptedHTTPServer.Answer, context: ChannelHandlerContext) {
        switch answer {
        case .response(let status, let headers, let body):
            var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
            fields.replaceOrAdd(name: "content-length", value: String(body.utf8.count))
            let head = HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: status),
                headers: fields
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .raw(let text):
            let channel = context.channel
            do {
                // From the encoder's place onwards, so that the bytes reach the socket as they are.
                let encoder = try context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
                encoder.writeAndFlush(NIOAny(ByteBuffer(string: text)))
                    .whenComplete { _ in channel.close(promise: nil) }
            } catch {
                context.fireErrorCaught(error)
                context.close(promise: nil)
            }
        case .close:
            context.close(promise: nil)
        case .silence:
            break
        }
    }
}
