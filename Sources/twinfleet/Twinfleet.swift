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

            'twinfleet device', 'twinfleet twin' and 'twinfleet query' are the back end by hand, against a local hub or a \
            real one: --hub, or the environment variables IOTHUB_CONNECTION_STRING and IOTHUB_CA_FILE, say which.

            Their exit codes: 0 done, 1 refused by the hub (in part or as a whole), 64 usage, 69 the hub cannot be reached \
            or trusted or refuses our credentials, 70 internal error, 130 interrupted.

            Examples:
              twinfleet plan fleets/demo.yaml
              twinfleet run fleets/demo.yaml
              twinfleet report runs/demo-*
              twinfleet hub --data ~/.twinfleet
              twinfleet device add press-0001
              twinfleet twin update press-0001 --tag plant=Redmond43 --desired speed=7
              twinfleet twin show press-0001
              twinfleet query "SELECT * FROM devices WHERE tags.plant = 'Redmond43'"
              twinfleet --generate-completion-script bash
            """,
        version: Version.current,
        subcommands: [
            PlanCommand.self, RunCommand.self, ReportCommand.self, HubCommand.self, DeviceCommand.self,
            TwinCommand.self, QueryCommand.self,
        ]
    )
}

/// This program's version.
enum Version {
    static let current = "0.1.0"
}
