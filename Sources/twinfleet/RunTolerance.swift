import ArgumentParser
import FleetRunner

/// How late this machine may be before a run is INVALID, when the environment says something else than 100 ms.
///
/// `TWINFLEET_LAG_LIMIT_MS` is for the tests of this program, and no setting for users: where many programs share a
/// machine, a pause of a tenth of a second is nothing that a test of a file's contents should fail on. Whoever measures
/// leaves it alone; a run that was judged by it says so beside its verdict.
struct RunTolerance {
    static let variable = "TWINFLEET_LAG_LIMIT_MS"

    /// The limit of the schedule lag's 99th percentile.
    let milliseconds: Int

    /// Reads the variable.
    /// - Returns: nil when it is not set, or empty.
    /// - Throws: `ValidationError` for what is no number of milliseconds.
    static func read(_ environment: [String: String]) throws -> RunTolerance? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        guard let milliseconds = Int(text), (1...3_600_000).contains(milliseconds) else {
            throw ValidationError("\(variable) is '\(text)'; expected milliseconds from 1 to 3600000, or none at all")
        }
        return RunTolerance(milliseconds: milliseconds)
    }

    /// What the user must know.
    var note: String {
        "schedule lag was judged by \(milliseconds) ms instead of 100 ms, and the delivered load by as much less, "
            + "because \(Self.variable) is set; this verdict is no measurement"
    }

    /// Changes the settings of a run.
    func apply(to configuration: inout RunConfiguration, driving planned: Duration) {
        let limit = Duration.milliseconds(milliseconds)
        configuration.scheduleLagLimit = limit
        // A pause as long makes driving last longer, and with that the delivered load less.
        configuration.leastDeliveredShare *= planned / (planned + limit)
    }
}
