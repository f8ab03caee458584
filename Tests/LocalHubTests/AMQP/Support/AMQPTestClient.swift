import AMQPEngine
import IoTHub
import NIOCore
import NIOSSL

@testable import LocalHub

/// A client of AMQP over TLS that does what it is told, right or wrong.
final class AMQPTestClient {
    struct Unexpected: Error { var what: String }

    let engine: AMQPConnection
    private let channel: any Channel
    private var input: AsyncStream<[UInt8]>.AsyncIterator
    private(set) var isOver = false
    private(set) var attached: [AMQPLink] = []
    private(set) var begun: [AMQPSession] = []
    private(set) var detached: [(link: AMQPLink, error: AMQPError?)] = []
    private(set) var deliveries: [AMQPDelivery] = []
    private(set) var settled: [(id: AMQPDeliveryID, outcome: AMQPOutcome?)] = []
    private(set) var outcome: AMQPSASLOutcome?
    /// All that has come.
    private(set) var received: [UInt8] = []
    /// The hub's error when it closed the connection.
    private(set) var closeError: AMQPError?
    private var tokens: (up: AMQPLink, down: AMQPLink)?
    private var session: AMQPSession?

    /// Connects to a server on 127.0.0.1.
    static func connect(
        port: Int,
        tls: NIOSSLContext,
        webSocket: WebSocketTestRoute? = nil,
        _ credential: AMQPSASLCredential?,
        _ configure: (inout AMQPConfiguration) -> Void = { _ in }
    ) async throws -> AMQPTestClient {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await TestChannel.connect(port: port, tls: tls, webSocket: webSocket) {
            ByteHandler(continuation: continuation)
        }
        var configuration = AMQPConfiguration(containerID: "client", hostname: "localhost")
        configure(&configuration)
        return AMQPTestClient(channel, stream.makeAsyncIterator(), AMQPConnection(.client(credential), configuration))
    }

    private init(_ channel: any Channel, _ input: AsyncStream<[UInt8]>.AsyncIterator, _ engine: AMQPConnection) {
        self.channel = channel
        self.input = input
        self.engine = engine
    }

    // MARK: The wire

    /// Sends bytes as they are, around the engine.
    func send(raw bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    func flush() async throws {
        let output = engine.takeOutput()
        if !output.isEmpty { try await send(raw: output) }
    }

    /// Lets time and bytes pass until a condition holds.
    /// - Throws: `Unexpected` when the connection ends before.
    func wait(_ what: String, until isTrue: () -> Bool) async throws {
        while !isTrue() {
            guard try await step() else {
                throw Unexpected(what: "waited for \(what); the end: \(String(describing: closeError))")
            }
        }
    }

    /// Waits for the end of the connection.
    func waitForTheEnd() async throws { while try await step() {} }

    /// Takes what has come; false at the end.
    private func step() async throws -> Bool {
        if let event = engine.nextEvent() {
            take(event)
            return true
        }
        // The hub may have closed already, which is then what comes next.
        try? await flush()
        if isOver { return false }
        if let bytes = await input.next() {
            received += bytes
            engine.receive(bytes)
        } else {
            isOver = true
            engine.receiveEnd()
        }
        return true
    }

    private func take(_ event: AMQPEvent) {
        switch event {
        case .saslOutcome(let outcome): self.outcome = outcome
        case .sessionBegun(let session): begun.append(session)
        case .linkAttached(let link): attached.append(link)
        case .linkDetached(let link, let error): detached.append((link, error))
        case .delivery(let delivery): deliveries.append(delivery)
        case .settled(let id, let outcome): settled.append((id, outcome))
        case .closed(let error): closeError = error
        default: break
        }
    }

    // MARK: What clients do

    func open() async throws {
        engine.open()
        try await wait("the open") { engine.remote != nil }
    }

    func begin() async throws -> AMQPSession {
        let session = try engine.beginSession()
        try await wait("the begin") { begun.contains { $0 === session } }
        return session
    }

    /// The session of all that asks for no other.
    func ownSession() async throws -> AMQPSession {
        if let session { return session }
        let session = try await begin()
        self.session = session
        return session
    }

    /// Attaches a link.
    /// - Throws: the hub's `AMQPError` when it refuses.
    func attach(
        _ role: AMQPLink.Role,
        _ address: String,
        name: String? = nil,
        in session: AMQPSession? = nil,
        credit: Int = 100,
        properties: AMQPMap = [:]
    ) async throws -> AMQPLink {
        let session = if let session { session } else { try await ownSession() }
        var options = AMQPLinkOptions()
        options.creditWindow = role == .receiver ? credit : 0
        options.properties = properties
        let link = try engine.attach(
            role,
            name ?? "\(role) \(address)",
            in: session,
            source: AMQPTerminus(role == .receiver ? address : "here"),
            target: AMQPTerminus(role == .sender ? address : "here"),
            options
        )
        try await wait("the attach to \(address)") { attached.contains { $0 === link } }
        let terminus = role == .receiver ? link.remote?.source : link.remote?.target
        if terminus == nil {
            throw try await detachment(of: link) ?? AMQPError(.internalError, "refused without an error")
        }
        return link
    }

    /// The hub's error when it refuses a link; nil when it does not.
    func refusal(_ role: AMQPLink.Role, _ address: String) async throws -> AMQPError? {
        do {
            _ = try await attach(role, address)
            return nil
        } catch let error as AMQPError {
            return error
        }
    }

    /// Waits until the hub has detached a link, and gives its error.
    func detachment(of link: AMQPLink) async throws -> AMQPError? {
        try await wait("a detach") { detached.contains { $0.link === link } }
        return detached.first { $0.link === link }?.error
    }

    func isDetached(_ link: AMQPLink) -> Bool { detached.contains { $0.link === link } }

    /// Sends a message when there is credit.
    @discardableResult
    func send(_ message: AMQPMessage, over link: AMQPLink, settled: Bool = false) async throws -> AMQPDeliveryID {
        try await wait("credit") { link.credit > 0 }
        let id = try engine.send(message.encoded, over: link, settled: settled)
        try await flush()
        return id
    }

    /// The next message over a link.
    func next(over link: AMQPLink) async throws -> AMQPMessage {
        try await wait("a message over \(link.name)") { deliveries.contains { $0.link === link } }
        guard let index = deliveries.firstIndex(where: { $0.link === link }) else {
            throw Unexpected(what: "no message")
        }
        return try AMQPMessage(decoding: deliveries.remove(at: index).bytes)
    }

    /// What the hub says of a message.
    func outcome(of id: AMQPDeliveryID) async throws -> AMQPOutcome? {
        try await wait("an outcome") { settled.contains { $0.id == id } }
        return settled.first { $0.id == id }?.outcome
    }

    /// A put-token request.
    static func putToken(_ token: String, for name: String, id: AMQPMessageID?) -> AMQPMessage {
        var message = AMQPMessage(body: .value(.string(token)))
        message.properties.messageID = id
        message.properties.to = "$cbs"
        message.applicationProperties = [
            .string("operation"): .string("put-token"), .string("type"): .string("servicebus.windows.net:sastoken"),
            .string("name"): .string(name),
        ]
        return message
    }

    /// Puts a token.
    /// - Returns: the status.
    func put(_ token: String, for name: String) async throws -> Int64 {
        let reply = try await ask(Self.putToken(token, for: name, id: .ulong(7)))
        return reply.applicationProperties[string: "status-code"]?.integer ?? 0
    }

    /// Asks `$cbs`, and gives the reply.
    func ask(_ message: AMQPMessage) async throws -> AMQPMessage {
        if tokens == nil {
            tokens = (try await attach(.sender, "$cbs"), try await attach(.receiver, "$cbs"))
        }
        guard let tokens else { throw Unexpected(what: "no links to $cbs") }
        try await send(message, over: tokens.up)
        return try await next(over: tokens.down)
    }

    /// Closes the socket without a word of AMQP.
    func close() async throws { try await channel.close().get() }

    private final class ByteHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let continuation: AsyncStream<[UInt8]>.Continuation

        init(continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        // The stream ends; a cut connection is what many tests are about.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
