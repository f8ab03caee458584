import ArgumentParser
import BenchmarkKit
import ServiceClient

/// Queries that no index helps: each looks at every twin.
struct Queries: AsyncParsableCommand {
    @OptionGroup var options: HubOptions

    @Option(help: "How often each is asked.")
    var times = 5

    func run() async throws {
        try await options.withManager { manager in
            var figures: [String: any Sendable] = [:]
            func note(_ name: String, _ sql: String) async throws {
                var best = Double.infinity
                var rows = 0
                var pages = 0
                for _ in 0..<times {
                    let start = Measure.now().seconds
                    let query = manager.createQuery(sql, pageSize: 100)
                    (rows, pages) = (0, 0)
                    while query.hasMoreResults {
                        rows += try await query.nextAsJSON().count
                        pages += 1
                    }
                    best = min(best, Measure.now().seconds - start)
                }
                figures["\(name)_s"] = best
                figures["\(name)_rows"] = rows
                figures["\(name)_pages"] = pages
            }
            try await note("count", "SELECT COUNT() AS n FROM devices WHERE tags.location.plant = 'Redmond43'")
            try await note("one", "SELECT * FROM devices WHERE properties.desired.telemetryConfig.configId = 'c-777'")
            try await note("tenth", "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'")
            Measure.printLine(event: "queries", figures)
        }
    }
}
