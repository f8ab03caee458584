import ArgumentParser

/// The command line.
@main
struct Twinfleet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twinfleet",
        abstract: "Runs fleets of simulated devices against an IoT hub and measures device twin sync.",
        discussion: """
            A fleet file (YAML) declares devices, a workload of desired-property changes, and thresholds. \
            'twinfleet run' connects every device, makes the changes, and says how long each took to arrive.

            Examples:
              twinfleet run fleets/demo.yaml
              twinfleet hub --data ~/.twinfleet
            """,
        version: Version.current,
        subcommands: [RunCommand.self, HubCommand.self]
    )
}

/// This program's version.
enum Version {
    static let current = "0.1.0"
}
