import ArgumentParser
import IoTHub

/// `twinfleet device connection-string`.
struct DeviceConnectionString: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection-string",
        abstract: "Prints the connection strings that devices' SDKs take, secrets included.",
        discussion: """
            For a device with certificates the string has x509=true in place of a key. The host stands there without \
            port, since the SDKs' ports are fixed.

            Examples:
              twinfleet device connection-string press-0001 > press-0001.txt
              CONNECTION=$(twinfleet device connection-string press-0001) my-device
            """
    )

    @Argument(help: "The devices' ids.", completion: DeviceIDCompletion.kind)
    var ids: [String]

    @Flag(help: "Use the secondary key.")
    var secondary = false

    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws {
        try await hub.work { backEnd in
            let output = Output(screen: nil, pager: nil)
            for id in ids {
                let device = try await backEnd.device(id)
                try output.line(
                    DeviceView.connectionString(device, host: backEnd.address.host, secondary: secondary)
                )
            }
            try output.finish()
        }
    }
}
