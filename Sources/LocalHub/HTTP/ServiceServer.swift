import HummingbirdCore
import Logging
import NIOCore

/// The HTTPS front end: a listener, its connections, and the task that serves them.
final class ServiceServer: Sendable {
    /// The port listened on.
    let port: Int
    private let serving: Task<Void, Never>
    private let open: OpenChannels

    /// Pending connections that the kernel may hold: a fleet's back end connects in bursts.
    private static let backlog = 4096

    private init(port: Int, serving: Task<Void, Never>, open: OpenChannels) {
        self.port = port
        self.serving = serving
        self.open = open
    }

    /// Listens and serves until `stop()`.
    ///
    /// The WebSockets that came in here outlive it: their endpoint is to be stopped ahead.
    /// - Throws: `IOError` and the like when the port cannot be had.
    static func start(
        api: ServiceAPI,
        webSockets: WebSocketEndpoint,
        bindAddress: String,
        port: Int,
        tls: HubTLS,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> ServiceServer {
        let open = OpenChannels()
        let (listening, announce) = AsyncThrowingStream<any Channel, any Error>.makeStream()
        // The library tells of every connection that breaks, and calls the end of its task an error.
        var quiet = logger
        if quiet.logLevel > .trace { quiet.logLevel = .critical }
        let server = Server(
            childChannelSetup: ServiceChannel(
                tls: tls,
                open: open,
                api: api,
                webSockets: webSockets,
                logger: logger
            ),
            configuration: ServerConfiguration(address: .hostname(bindAddress, port: port), backlog: backlog),
            onServerRunning: { announce.yield($0) },
            eventLoopGroup: group,
            logger: quiet
        )
        let serving = Task {
            do {
                try await server.run()
                announce.finish()
                if !Task.isCancelled { logger.error("the HTTPS listener has ended by itself") }
            } catch {
                announce.finish(throwing: error)
            }
        }
        for try await channel in listening {
            return ServiceServer(port: channel.localAddress?.port ?? port, serving: serving, open: open)
        }
        // This task was cancelled; nobody will have the server to stop.
        serving.cancel()
        open.closeAll()
        await serving.value
        throw CancellationError()
    }

    /// Stops listening and ends all connections.
    func stop() async {
        serving.cancel()
        open.closeAll()
        await serving.value
    }
}
