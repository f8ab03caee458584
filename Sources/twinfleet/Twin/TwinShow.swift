import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet twin show`.
struct TwinShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a device's twin.",
        discussion: """
            Behind each property stands when it last changed. --json prints the twin as the hub sends it.

            Examples:
              twinfleet twin show press-0001
              twinfleet twin show press-0001 --json > twin.json
            """
    )

    @Argument(help: "The device's id.", completion: DeviceIDCompletion.kind)
    var id: String

    @Flag(help: "Only the properties, desired and reported.")
    var properties = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws {
        try await hub.work { backEnd in
            let progress = Progress.start("reading the twin of \(id)", quiet: backEnd.isQuiet)
            try await output.print(progress: progress) { output in
                let twin = try await backEnd.twin(id)
                if self.output.json {
                    try output.json(properties ? twin.json["properties"] ?? .null : .object(twin.json))
                } else {
                    let view = TwinView(twin, style: Terminal.style)
                    try output.line(view.lines(onlyProperties: properties).joined(separator: "\n"))
                }
            }
        }
    }
}

extension BackEnd {
    /// Reads a twin.
    /// - Throws: `CommandError`.
    func twin(_ id: String) async throws -> Twin {
        try await ask(Asked(what: "read the twin of \"\(id)\"", deviceID: id, needs: .serviceConnect)) {
            try await manager.getTwin(id)
        }
    }
}
