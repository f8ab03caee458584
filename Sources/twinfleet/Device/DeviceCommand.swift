import ArgumentParser

/// `twinfleet device`: identities by hand.
struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device",
        abstract: "Adds, lists, shows, changes and removes device identities.",
        discussion: """
            Which hub: --hub, or the environment variables IOTHUB_CONNECTION_STRING and IOTHUB_CA_FILE; 'twinfleet hub' \
            prints both lines for itself.

            Examples:
              twinfleet device add press-0001
              twinfleet device list
              twinfleet device connection-string press-0001
            """,
        subcommands: [
            DeviceAdd.self, DeviceList.self, DeviceShow.self, DeviceConnectionString.self, DeviceUpdate.self,
            DeviceRemove.self,
        ]
    )
}
