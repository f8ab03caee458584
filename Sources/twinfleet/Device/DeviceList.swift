import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet device list`.
struct DeviceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists devices.",
        discussion: """
            The hub lists 1,000 devices at most; --all, --where and a larger --top go through a query, page by page. \
            (That needs the permission serviceConnect, and a real hub's queries lag some seconds behind.)

            Examples:
              twinfleet device list
              twinfleet device list --where "tags.location.plant = 'Redmond43'"
              twinfleet device list --all --json
            """
    )

    @Option(help: ArgumentHelp("List at most so many.", valueName: "count"))
    var top: Int?

    @Flag(help: "List all, however many there are.")
    var all = false

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("List the devices for which this holds: the WHERE part of a query.", valueName: "condition")
    )
    var condition: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top \(top) lists nothing; expected 1 or more") }
        if all, top != nil { throw ValidationError("give --top or --all, not both") }
    }

    func run() async throws {
        try await hub.work { backEnd in
            let progress = Progress.start("listing devices", quiet: backEnd.isQuiet)
            try await output.print(progress: progress) { output in
                var printer = RowPrinter(self.output.json ? .json : .table, to: output, style: Terminal.style) { _ in
                    DeviceView.layout
                }
                let largest = RegistryManager.largestListing
                if condition == nil, !all, (top ?? 0) <= largest {
                    let asked = Asked(what: "list the devices", needs: .registryRead)
                    let devices = try await backEnd.ask(asked) {
                        try await backEnd.manager.getDevices(maxCount: top ?? largest)
                    }
                    try printer.page(devices.map { DeviceView.json($0, showsKeys: false) })
                    if top == nil, devices.count == largest {
                        backEnd.note("these are the first \(largest) devices; --all lists them all")
                    }
                } else {
                    let pages = QueryPages(DeviceSelection.query("*", where: condition), limit: top)
                    try await pages.read(backEnd, progress: progress) { rows in
                        try printer.page(rows.map(DeviceView.identity(fromTwin:)))
                    }
                }
                try printer.end()
                if printer.count == 0, printer.isForPeople { backEnd.note("no devices") }
            }
        }
    }
}
