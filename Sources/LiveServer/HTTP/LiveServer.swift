import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix

/// A small HTTP server for this machine only: it listens on 127.0.0.1 and answers requests that were meant for it.
///
/// A request whose Host is neither `127.0.0.1:PORT` nor `localhost:PORT` is refused with 403, so that no foreign name that is
/// made to lead here (DNS rebinding) gets in. Every answer says that it is not to be stored, sniffed or told of in a Referer.
/// It holds 64 connections at most; more wait until one of them ends. Stop it in the end.
public final class LiveServer: Sendable {
    /// Any user of this machine may connect; what that costs a run has to have an end.
    static let maximumConnections = 64

    /// The port listened on.
    public let port: Int
    private let server: Server<HTTP1Channel>
    private let serving: Task<Void, Never>

    private init(port: Int, server: Server<HTTP1Channel>, serving: Task<Void, Never>) {
        self.port = port
        self.server = server
        self.serving = serving
    }

    /// Listens and serves until ``stop()``.
    /// - Parameters:
    ///   - port: the port of 127.0.0.1; 0 takes any free one.
    ///   - option: the command-line option that chooses the port, for the words of errors.
    ///   - logger: gets methods, paths and statuses, at debug level; no queries, headers or bodies.
    ///   - admit: refuses a request by its head, before its body is read, or lets it pass with nil; the body is empty there.
    ///   - answer: gives the answers; called for many requests at a time. Its task is cancelled when the client leaves.
    /// - Returns: the server; it listens.
    /// - Throws: ``LiveServerError`` that says what is wrong and which option helps.
    public static func start(
        port: Int,
        option: String,
        logger: Logger,
        admit: @escaping @Sendable (LiveRequest) -> LiveAnswer?,
        answer: @escaping @Sendable (LiveRequest) async -> LiveAnswer
    ) async throws(LiveServerError) -> LiveServer {
        let (listening, announce) = AsyncThrowingStream<any Channel, any Error>.makeStream()
        // The library tells of every connection that breaks, and calls the end of its task an error.
        var quiet = logger
        if quiet.logLevel > .trace { quiet.logLevel = .critical }
        let responder = Responder(logger: logger, admit: admit, answer: answer)
        let server = Server(
            childChannelSetup: HTTP1Channel(
                responder: { request, writer, channel in try await responder.respond(request, writer, channel) },
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 * 1024,
                        maxHeaderListSize: 32 * 1024,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ServerConfiguration(
                address: .hostname("127.0.0.1", port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections, logger: quiet)
            ),
            onServerRunning: { announce.yield($0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
        let serving = Task {
            do {
                try await server.run()
                announce.finish()
                if !Task.isCancelled { logger.error("the listener on 127.0.0.1 has ended by itself") }
            } catch {
                announce.finish(throwing: error)
            }
        }
        do {
            for try await channel in listening {
                return LiveServer(port: channel.localAddress?.port ?? port, server: server, serving: serving)
            }
        } catch {
            throw LiveServerError(error, port: port, option: option)
        }
        // This task was cancelled, or the listener has ended; nobody will have it to stop.
        serving.cancel()
        await serving.value
        throw LiveServerError(.system, "the listener on 127.0.0.1 has ended before it was ready")
    }

    /// Stops listening, lets answers under way end, and returns when all connections are gone.
    /// - Parameter patience: how long that may take; what is left then is cut off.
    public func stop(patience: Duration = .seconds(1)) async {
        await withTaskGroup { group in
            // An error of either says that it was cut short, which the end of serving below makes good.
            group.addTask { [server] in try? await server.shutdownGracefully() }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            // This ends what the first task waits for.
            serving.cancel()
            group.cancelAll()
        }
        await serving.value
    }
}
