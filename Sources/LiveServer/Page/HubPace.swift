/// How often the page asks a hub; nobody watching, nothing is asked.
public struct HubPace: Sendable, Hashable {
    /// Between two readings of the device table.
    public var table: Duration
    /// Between two readings of the twin that is watched.
    public var twin: Duration
    /// The same just after it was changed here.
    public var twinAfterEdit: Duration
    /// How long "just after" is.
    public var afterEdit: Duration

    /// For a hub on this machine, without limits.
    public static let local = HubPace(
        table: .seconds(2),
        twin: .milliseconds(250),
        twinAfterEdit: .milliseconds(50),
        afterEdit: .seconds(5)
    )

    /// For a hub with the limits of a tier: 100 twin reads a second and 20 queries a minute are what the smallest permits, and
    /// the run and others want theirs.
    ///
    /// Source: Azure IoT Hub documentation, "Reference - IoT Hub quotas and throttling".
    public static let tiered = HubPace(
        table: .seconds(10),
        twin: .seconds(2),
        twinAfterEdit: .milliseconds(500),
        afterEdit: .seconds(10)
    )
}
