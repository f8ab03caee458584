import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet twin replace`.
struct TwinReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Puts new tags and desired properties in place of all that are there.",
        discussion: """
            The document has the form {"tags": {…}, "properties": {"desired": {…}}}; a part that is left out becomes \
            empty. A whole twin, as 'twinfleet twin show --json' prints it, will do: what a back end cannot write is left out.

            Examples:
              twinfleet twin replace press-0001 @twin.json
              twinfleet twin show press-0001 --json | twinfleet twin replace press-0002 -
            """
    )

    @Argument(help: "The device's id.", completion: DeviceIDCompletion.kind)
    var id: String

    @Argument(help: "The document: JSON text, @FILE, or - for standard input.", completion: .file())
    var document: String

    @Option(help: ArgumentHelp("Replace the twin only while it has this ETag.", valueName: "etag"))
    var ifMatch: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws {
        try await hub.work { backEnd in
            let write = try PatchBuilder(document: try PatchText.read(document)).write
            let progress = Progress.start("replacing the twin of \(id)", quiet: backEnd.isQuiet)
            defer { progress?.stop() }
            try await TwinWriting(id: id, ifMatch: ifMatch, output: output, backEnd: backEnd).run(
                "replace",
                progress
            ) { etag in
                let twin = Twin(
                    tags: TwinCollection(write.tags ?? [:]),
                    desired: TwinCollection(write.desired ?? [:])
                )
                return try await backEnd.manager.replaceTwin(id, newTwin: twin, etag: etag)
            }
        }
    }
}
