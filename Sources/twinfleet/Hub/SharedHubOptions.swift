import ArgumentParser

// What 'twinfleet hub' and the commands below it share: a command takes its own options wherever they stand, so that one
// below it would never see them.

/// The option for a hub's data folder.
struct DataFolderOption: ParsableArguments {
    @Option(
        help:
            "A folder for devices, twins, sessions, authorities and keys; without it they last as long as the hub."
    )
    var data: String?
}

/// The option for output that programs read.
struct JSONOption: ParsableArguments {
    @Flag(help: "Print JSON instead of text, for programs.")
    var json = false
}
