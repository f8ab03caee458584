import ArgumentParser
import Foundation
import IoTHub
import ServiceClient

/// `twinfleet device remove`.
struct DeviceRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes devices and their twins.",
        discussion: """
            On a terminal it asks before it removes more than one device. Elsewhere it never asks; --where needs --yes there.

            Examples:
              twinfleet device remove press-0001
              twinfleet device remove press-0001 press-0002 --yes
              twinfleet device remove --where "STARTSWITH(deviceId, 'press-')" --yes
            """
    )

    @Argument(help: "The devices' ids.", completion: DeviceIDCompletion.kind)
    var ids: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Remove the devices for which this holds; * means all.", valueName: "condition")
    )
    var condition: String?

    @Option(help: ArgumentHelp("Remove the device only while its identity has this ETag.", valueName: "etag"))
    var ifMatch: String?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        if ids.isEmpty == (condition == nil) {
            throw ValidationError("name the devices to remove, or give --where with a condition")
        }
        if ifMatch != nil, ids.count != 1 { throw ValidationError("--if-match goes with one device") }
    }

    func run() async throws {
        try await hub.work { backEnd in
            let progress = Progress.start("looking for the devices", quiet: backEnd.isQuiet)
            defer { progress?.stop() }
            var ids = DeviceSelection.unique(ids)
            if let condition {
                guard yes || Question.canBeAsked else {
                    throw CommandError(.usage, "--where without a terminal to ask on needs --yes; nothing was removed")
                }
                ids = try await DeviceSelection.ids(where: condition, backEnd, progress: progress)
                progress?.hide()
                if ids.isEmpty { backEnd.note("no device fits; nothing was removed") }
            }
            if !yes, Question.canBeAsked, ids.count > 1 || (condition != nil && !ids.isEmpty) {
                progress?.stop()
                guard Question.ask("Remove \(Self.named(ids)) and what their twins hold?") else {
                    throw CommandError(.refused, "nothing was removed")
                }
            }
            let outcome = try await remove(ids, backEnd, progress)
            try await output.print(progress: progress) { output in
                if self.output.json { return try output.json(outcome.json(doneAs: "removed")) }
                for id in outcome.done { try output.line("removed \(id)") }
            }
            try outcome.check("removed")
        }
    }

    private func remove(_ ids: [String], _ backEnd: BackEnd, _ progress: Progress?) async throws -> BulkOutcome {
        guard let id = ids.first, ids.count == 1 else {
            return try await BulkOutcome.collect(ids, progress: progress) { group in
                let asked = Asked(
                    what: "remove devices",
                    needs: .registryWrite,
                    lookAt: "twinfleet device list"
                )
                return try await backEnd.ask(asked) { try await backEnd.manager.removeDevices2(group) }
            }
        }
        let asked = Asked(
            what: "remove device \"\(id)\"",
            deviceID: id,
            needs: .registryWrite,
            lookAt: "twinfleet device show \(id)",
            namesETag: ifMatch != nil
        )
        try await backEnd.ask(asked, currentETag: { try await backEnd.manager.getDevice(id).etag }) {
            try await backEnd.manager.removeDevice(id, etag: ifMatch.map { ETag(rawValue: ETag.unquoted($0)) })
        }
        return BulkOutcome(done: [id])
    }

    /// The devices in a question: all when they are few, else the first ones and how many there are.
    static func named(_ ids: [String]) -> String {
        if ids.count <= 5 { return "\(ids.count == 1 ? "device" : "devices") \(ids.joined(separator: ", "))" }
        return "\(ids.count) devices (\(ids.prefix(3).joined(separator: ", ")), …)"
    }
}
