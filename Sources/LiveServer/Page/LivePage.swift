public import Logging
public import ServiceClient

/// The live page: a fleet's overview, its devices and their twins, on loopback, for whoever has the token.
///
/// It is a client of the hub like any other, and asks nothing of it while nobody watches.
public final class LivePage: Sendable {
    /// Shows overviews on the page.
    public let feed: LiveFeed
    /// Where the page is, with its token.
    public let url: String
    private let server: LiveServer
    private let hub: PageHub

    private init(feed: LiveFeed, url: String, server: LiveServer, hub: PageHub) {
        self.feed = feed
        self.url = url
        self.server = server
        self.hub = hub
    }

    /// Serves the page until ``stop()``, at first without a hub.
    /// - Parameters:
    ///   - port: the port of 127.0.0.1; 0 takes any free one.
    ///   - explain: tells people why the hub refuses a query, given the error and the query.
    ///   - logger: gets paths and statuses, at debug level.
    /// - Returns: the page, with a token of its own.
    /// - Throws: ``LiveServerError``.
    public static func start(
        port: Int,
        explain: @escaping @Sendable (ServiceClientError, String) -> String,
        logger: Logger
    ) async throws(LiveServerError) -> LivePage {
        let token = PageToken()
        let feed = LiveFeed()
        let hub = PageHub()
        let routes = PageRoutes(
            guardian: PageGuard(token: token),
            feed: feed,
            hub: hub,
            edits: RecentEdits(),
            explain: explain
        )
        let server = try await LiveServer.start(
            port: port,
            option: "--page-port",
            logger: logger,
            admit: { routes.guardian.refusal(of: $0) },
            answer: { await routes.answer($0) }
        )
        let url = "http://127.0.0.1:\(server.port)/?token=\(token.text)"
        return LivePage(feed: feed, url: url, server: server, hub: hub)
    }

    /// Lets the page look at a hub.
    /// - Parameters:
    ///   - manager: the hub's client; closed by ``stop()``.
    ///   - pace: how often the hub may be asked.
    public func attach(_ manager: RegistryManager, pace: HubPace) { hub.attach(manager, pace: pace) }

    /// Sends those who watch the last overview, and ends.
    public func stop() async {
        feed.end()
        // A browser that is busy gets what was told last, too; one that is not does not hold the end up.
        await server.stop(patience: .seconds(5))
        await hub.detach()
    }
}
