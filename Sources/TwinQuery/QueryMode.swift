/// How much of the query language is let through.
public enum QueryMode: String, Sendable, Hashable, CaseIterable {
    /// Only what a real IoT hub is known to accept in twin queries.
    case strict
    /// Also the functions that IoT Hub documents for message routing only.
    case superset
}

/// The collection that a query selects from.
public enum QuerySource: String, Sendable, Hashable, CaseIterable {
    /// One row per device twin.
    case devices
    /// One row per module twin.
    case modules = "devices.modules"
    /// One row per device that a job ran on.
    case jobs = "devices.jobs"
}
