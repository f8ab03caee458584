import Fleet
import FleetReport
import FleetRunner
import LiveServer

/// The live page of a run, if it is wanted.
struct RunPage: Sendable {
    private let page: LivePage?
    private let feed: RunPageFeed?

    private init(_ page: LivePage?) {
        self.page = page
        feed = page.map { RunPageFeed($0.feed) }
    }

    /// Serves the page.
    static func start(_ options: PageOptions) async throws(LiveServerError) -> RunPage {
        RunPage(try await options.start())
    }

    /// Where the page is, by name.
    var links: [(name: String, address: String)] { page.map { [("page", $0.url)] } ?? [] }

    /// Lets the page look at the run's hub.
    /// - Parameters:
    ///   - endpoint: the hub.
    ///   - hub: what the fleet file says of it.
    /// - Throws: what is wrong with the endpoint.
    func attach(_ endpoint: HubEndpoint, _ hub: HubSetting) throws {
        guard let page else { return }
        let client = PageOptions.clientOptions(trustedCAFile: endpoint.trustedCAFile)
        let isLimited = hub.tier != nil || !endpoint.isOnThisMachine
        page.attach(try endpoint.makeManager(client), pace: isLimited ? .tiered : .local)
    }

    /// Takes what the run tells.
    func observe(_ progress: RunProgress) { feed?.observe(progress) }

    /// Shows those who watch how the run has ended.
    func finish(_ result: RunResult, folder: String) { feed?.finish(result, folder: folder) }

    /// Ends the page, once those who watch have got what was told last.
    func stop() async { await page?.stop() }
}
