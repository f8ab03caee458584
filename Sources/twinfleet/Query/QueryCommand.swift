import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet query`.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Asks the hub in its query language.",
        discussion: """
            Rows are printed as they come, page by page. Of whole twins (SELECT *) a table shows what tells them apart; \
            --json prints all there is, in one array, and --output jsonl one row per line.

            Which hub: --hub, or the environment variables IOTHUB_CONNECTION_STRING and IOTHUB_CA_FILE.

            Examples:
              twinfleet query "SELECT * FROM devices WHERE tags.plant = 'Redmond43'"
              twinfleet query "SELECT deviceId, tags.line AS line FROM devices"
              twinfleet query "SELECT COUNT() AS n, status FROM devices GROUP BY status"
              twinfleet query "SELECT * FROM devices" --output jsonl | jq .deviceId
              twinfleet query @monthly.sql --json > rows.json
            """
    )

    @Argument(help: ArgumentHelp("The query: its text, @FILE, or - for standard input.", valueName: "sql"))
    var sql: String

    @Option(help: ArgumentHelp("Rows to ask for at a time; a hub gives 100 at most.", valueName: "count"))
    var pageSize = QueryPages.largestPage

    @Option(help: ArgumentHelp("Stop after so many rows.", valueName: "count"))
    var limit: Int?

    @Option(name: .customLong("output"), help: ArgumentHelp("How to print.", valueName: "format"))
    var format: RowFormat?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        if pageSize < 1 { throw ValidationError("--page-size \(pageSize) is no size; expected 1 or more") }
        if let limit, limit < 1 { throw ValidationError("--limit \(limit) prints nothing; expected 1 or more") }
        if let format, output.json, format != .json {
            throw ValidationError("--json means --output json; it does not go with --output \(format.rawValue)")
        }
    }

    func run() async throws {
        try await hub.work { backEnd in
            let text = try text()
            let progress = Progress.start("waiting for the hub", quiet: backEnd.isQuiet)
            try await output.print(progress: progress) { output in
                var printer = RowPrinter(
                    format ?? (self.output.json ? .json : .table),
                    to: output,
                    style: Terminal.style,
                    layout: { RowLayout.forQuery($0) }
                )
                try await QueryPages(text, limit: limit, pageSize: pageSize).read(backEnd, progress: progress) { rows in
                    try printer.page(rows)
                }
                try printer.end()
                if printer.count == 0, printer.isForPeople { backEnd.note("no rows") }
            }
        }
    }

    private func text() throws(CommandError) -> String {
        if sql == "-" { return try FileText.readStandardInput() }
        return sql.hasPrefix("@") ? try FileText.read(String(sql.dropFirst())) : sql
    }
}
