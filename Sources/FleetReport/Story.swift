import FleetRunner

/// What all outputs say in the same words.
extension RunResult {
    /// How much of the schedule an interrupted run got through; nil for one that was not interrupted.
    var interruption: String? {
        guard wasInterrupted else { return nil }
        guard let planned = load.plannedChanges else { return "The run was interrupted." }
        guard accounting.intended < planned else {
            return "The run was interrupted after all \(Format.count(planned, "scheduled change")) had been asked for."
        }
        return "\(Format.count(accounting.intended)) of \(Format.count(planned, "scheduled change")) "
            + (planned == 1 ? "was" : "were") + " asked for before the run was interrupted."
    }

    /// Why, one sentence each, that it was interrupted first.
    var story: [String] { (interruption.map { [$0] } ?? []) + reasons }

    /// The twins that were read back, such as "37 twins compared, 0 different, 2 could not be read".
    var verification: String {
        mismatches.summary(compared: verifiedDevices)
    }

    /// Devices that had lost their connection for good, in words; nil when there were none.
    var disconnection: String? {
        guard !devices.disconnected.isEmpty else { return nil }
        let count = devices.disconnected.count
        return "\(Format.count(count, "device")) \(count == 1 ? "was" : "were") not connected at the end"
    }
}
