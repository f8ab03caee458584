import ArgumentParser

/// `twinfleet twin`: twins by hand.
struct TwinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twin",
        abstract: "Shows, updates and replaces device twins.",
        discussion: """
            Which hub: --hub, or the environment variables IOTHUB_CONNECTION_STRING and IOTHUB_CA_FILE; 'twinfleet hub' \
            prints both lines for itself.

            Examples:
              twinfleet twin show press-0001
              twinfleet twin update press-0001 --tag plant=Redmond43 --desired speed=7
              twinfleet twin replace press-0001 @twin.json
            """,
        subcommands: [TwinShow.self, TwinUpdateCommand.self, TwinReplace.self]
    )
}
