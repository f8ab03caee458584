import FleetReport
import FleetRunner
import LiveServer
import Logging

/// Serves metrics on loopback, those of the process among them, until it is stopped.
struct MetricsServer {
    private let server: LiveServer

    /// Where the metrics are.
    var address: String { "http://127.0.0.1:\(server.port)\(MetricsPage.path)" }

    /// Starts serving.
    /// - Parameters:
    ///   - option: says at which port.
    ///   - logger: gets each request at debug level.
    ///   - families: the metrics as they are now, but for the process's; called for each request.
    /// - Returns: nil when no metrics are wanted.
    /// - Throws: `LiveServerError` that says what is wrong and which option helps.
    static func start(
        _ option: MetricsOption,
        logger: Logger = Logger(label: "metrics", factory: { _ in SwiftLogNoOpLogHandler() }),
        _ families: @escaping @Sendable () -> [MetricFamily]
    ) async throws(LiveServerError) -> MetricsServer? {
        guard let port = option.port else { return nil }
        let page = MetricsPage {
            families()
                + ProgramMetrics.families(
                    version: Version.current,
                    usage: .now(),
                    residentBytes: ProcessUsage.residentBytes()
                )
        }
        return MetricsServer(
            server: try await LiveServer.start(
                port: port,
                option: MetricsOption.name,
                logger: logger,
                admit: { page.refusal(of: $0) },
                answer: { page.answer($0) }
            )
        )
    }

    /// Lets scrapes under way end, and stops.
    func stop() async { await server.stop() }
}
