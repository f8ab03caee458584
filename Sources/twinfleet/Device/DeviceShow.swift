import ArgumentParser
import IoTHub
import ServiceClient

/// `twinfleet device show`.
struct DeviceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a device's identity.",
        discussion: """
            Examples:
              twinfleet device show press-0001
              twinfleet device show press-0001 --json --show-keys
            """
    )

    @Argument(help: "The device's id.", completion: DeviceIDCompletion.kind)
    var id: String

    @Flag(help: "Print the keys, too.")
    var showKeys = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws {
        try await hub.work { backEnd in
            let progress = Progress.start("reading device \(id)", quiet: backEnd.isQuiet)
            try await output.print(progress: progress) { output in
                let device = try await backEnd.device(id)
                if self.output.json {
                    try output.json(DeviceView.json(device, showsKeys: showKeys))
                } else {
                    let lines = DeviceView.lines(device, showsKeys: showKeys, style: Terminal.style)
                    try output.line(lines.joined(separator: "\n"))
                }
            }
        }
    }
}

extension BackEnd {
    /// Reads an identity.
    /// - Throws: `CommandError`.
    func device(_ id: String) async throws -> Device {
        try await ask(Asked(what: "read device \"\(id)\"", deviceID: id, needs: .registryRead)) {
            try await manager.getDevice(id)
        }
    }
}
