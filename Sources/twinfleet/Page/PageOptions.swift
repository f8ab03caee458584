import ArgumentParser
import LiveServer
import Logging
import ServiceClient

/// The options of the live page.
struct PageOptions: ParsableArguments {
    @Flag(
        help: "Serve the live page on this machine, and print its URL: charts, devices, twins to look at and to edit."
    )
    var page = false

    @Option(help: ArgumentHelp("The port of 127.0.0.1 for the live page. (default: any free one)", valueName: "port"))
    var pagePort: Int?

    func validate() throws {
        guard let pagePort else { return }
        guard page else { throw ValidationError("--page-port \(pagePort) is of no use without --page") }
        guard (0...65_535).contains(pagePort) else {
            throw ValidationError("--page-port \(pagePort) is no port; expected 0 to 65535")
        }
    }

    /// Serves the page, if it is wanted; it has no hub yet.
    /// - Parameter logger: gets paths and statuses; nil: nobody does.
    /// - Returns: the page, to be stopped in the end; nil when it is not wanted.
    /// - Throws: `LiveServerError`.
    func start(logger: Logger? = nil) async throws(LiveServerError) -> LivePage? {
        guard page else { return nil }
        return try await LivePage.start(
            port: pagePort ?? 0,
            explain: { QueryFault.explain($0, of: $1) },
            logger: logger ?? Logger(label: "page", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// How the page's client of the hub works.
    static func clientOptions(trustedCAFile: String?) -> ServiceClientOptions {
        var options = ServiceClientOptions()
        options.trustedCAFile = trustedCAFile
        // Somebody waits for each answer.
        options.operationTimeout = .seconds(20)
        options.attemptTimeout = .seconds(15)
        options.maximumConnections = 4
        return options
    }
}
