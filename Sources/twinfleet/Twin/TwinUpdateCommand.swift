import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet twin update`.
struct TwinUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Merges changes into the tags and desired properties of twins.",
        discussion: """
            The last word may be a patch: JSON text, @FILE, or - for standard input, of the form \
            {"tags": {…}, "properties": {"desired": {…}}}; null removes a member. --tag, --desired and --unset do the \
            same in short; a value is JSON if it reads as JSON (5, true, null, [1,2]), else a text; '"5"' is the text 5. What begins with \
            {, [ or " and is no JSON is refused, and so is a number that is too big.

            Several devices, and those of --where, are updated in bulk, up to 100 with one request; the failures are listed.

            Examples:
              twinfleet twin update press-0001 --tag location.plant=Redmond43
              twinfleet twin update press-0001 --desired telemetry.frequency=5m
              twinfleet twin update press-0001 '{"properties":{"desired":{"speed":7}}}'
              twinfleet twin update press-0001 --unset desired.speed
              twinfleet twin update press-0001 --tag a=1 --if-match AAAAAAAAAAM=
              twinfleet twin update --where "tags.line = 2" --desired speed=7
              echo '{"tags":{"line":2}}' | twinfleet twin update press-0001 -
            """
    )

    @Argument(
        help: ArgumentHelp("The devices' ids, and in the end the patch, if there is one.", valueName: "id"),
        completion: DeviceIDCompletion.kind
    )
    var words: [String] = []

    @Option(help: ArgumentHelp("Set a tag; may be given several times.", valueName: "path=value"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("Set a desired property; may be given several times.", valueName: "path=value"))
    var desired: [String] = []

    @Option(help: ArgumentHelp("Remove tags.… or desired.…; may be given several times.", valueName: "path"))
    var unset: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Update the twins for which this holds; * means all.", valueName: "condition")
    )
    var condition: String?

    @Option(help: ArgumentHelp("Update the twin only while it has this ETag.", valueName: "etag"))
    var ifMatch: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    /// The devices named.
    var ids: [String] { DeviceSelection.unique(document == nil ? words : words.dropLast()) }

    /// The patch, as it stands on the command line.
    var document: String? { words.last.flatMap { PatchText.isOne($0) ? $0 : nil } }

    func validate() throws {
        if ids.isEmpty == (condition == nil) {
            throw ValidationError("name the devices to update, or give --where with a condition")
        }
        if document == nil, tag.isEmpty, desired.isEmpty, unset.isEmpty {
            throw ValidationError("nothing is to be changed; give a patch, --tag, --desired or --unset")
        }
        if ifMatch != nil, ids.count != 1 { throw ValidationError("--if-match goes with one device") }
    }

    func run() async throws {
        try await hub.work { backEnd in
            let write = try patch()
            let progress = Progress.start("updating twins", quiet: backEnd.isQuiet)
            defer { progress?.stop() }
            if condition == nil, let id = ids.first, ids.count == 1 {
                try await updateOne(id, write, backEnd, progress)
            } else {
                try await updateMany(write, backEnd, progress)
            }
        }
    }

    /// What is to be written.
    /// - Throws: `CommandError` for what is no patch.
    func patch() throws(CommandError) -> TwinWrite {
        let json: JSON?
        if let document { json = try PatchText.read(document) } else { json = nil }
        var builder = try PatchBuilder(document: json)
        for assignment in tag { try builder.set(.tags, assignment, option: "--tag") }
        for assignment in desired { try builder.set(.desired, assignment, option: "--desired") }
        for name in unset { try builder.unset(name) }
        guard !builder.isEmpty else { throw CommandError(.usage, "the patch changes nothing; nothing was sent") }
        return builder.write
    }

    private func updateOne(
        _ id: String,
        _ write: TwinWrite,
        _ backEnd: BackEnd,
        _ progress: Progress?
    ) async throws {
        try await TwinWriting(id: id, ifMatch: ifMatch, output: output, backEnd: backEnd).run(
            "update",
            progress
        ) { etag in
            try await backEnd.manager.updateTwin(id, patch: .object(write.json), etag: etag)
        }
    }

    private func updateMany(_ write: TwinWrite, _ backEnd: BackEnd, _ progress: Progress?) async throws {
        var ids = ids
        if let condition {
            ids = try await DeviceSelection.ids(where: condition, backEnd, progress: progress)
            if ids.isEmpty { backEnd.note("no device fits; nothing was updated") }
        }
        let outcome = try await BulkOutcome.collect(ids, progress: progress) { group in
            let asked = Asked(what: "update twins", needs: .registryWrite, lookAt: "twinfleet twin show")
            return try await backEnd.ask(asked) {
                try await backEnd.manager.updateTwins2(
                    group.map { TwinUpdate(deviceID: $0, tags: write.tags, desired: write.desired) }
                )
            }
        }
        try await output.print(progress: progress) { output in
            if self.output.json { return try output.json(outcome.json(doneAs: "updated")) }
            for id in outcome.done { try output.line("updated \(id)") }
        }
        try outcome.check("updated")
    }
}
