import ArgumentParser

/// `--metrics PORT`, of the commands that run for a while.
struct MetricsOption: ParsableArguments {
    static let name = "--metrics"

    @Option(
        name: .customLong("metrics"),
        help: ArgumentHelp(
            "Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics; 0 takes any free port.",
            valueName: "port"
        )
    )
    var port: Int?

    func validate() throws {
        if let port, !(0...65_535).contains(port) {
            throw ValidationError("\(Self.name) \(port) is no port; expected 0 to 65535")
        }
    }
}
