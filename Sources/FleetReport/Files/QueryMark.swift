import FleetRunner

/// What a query's outcome means for the verdict; every output tells the same.
enum QueryMark {
    /// The hub's answer agrees with the fleet.
    case ok
    /// It differs by no more devices than the thresholds allow.
    case allowed
    /// It differs by more, or there was none.
    case failed

    init(_ query: QueryOutcome, in result: RunResult) {
        let limits = result.thresholds.filter { $0.text.hasPrefix("query_mismatches:") }
        if query.agrees {
            self = .ok
        } else {
            self = query.failure == nil && !limits.isEmpty && limits.allSatisfy(\.passed) ? .allowed : .failed
        }
    }
}
