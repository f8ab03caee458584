/// Settings of a run that do not stand in the fleet file.
public struct RunConfiguration: Sendable {
    /// Whether to remove the identities that this run created; default false.
    public var cleansUp = false
    /// How long to wait for what is in flight after driving; default 10 seconds.
    public var drainLimit: Duration = .seconds(10)
    /// How long one device may take from its first connect attempt until it is ready; default 60 seconds.
    public var readyLimit: Duration = .seconds(60)
    /// How long nobody may have connected before the user is told why; default 5 seconds.
    public var firstConnectPatience: Duration = .seconds(5)
    /// Connections being set up at once over the whole fleet; default 64.
    public var maximumHandshakes = 64
    /// Requests to the hub's HTTPS API in flight at once; default 16.
    public var maximumRequests = 16
    /// Changes per second above which the back end uses bulk updates; default 200.
    public var bulkThresholdPerSecond = 200.0
    /// How long the back end collects due changes for one bulk request; default 4 milliseconds.
    public var batchWindow: Duration = .milliseconds(4)
    /// The least share of the asked load that the hub must have answered, or the run is INVALID, and of the changes sent
    /// that it must not have refused, or the run is FAIL; 0 to 1, default 0.98.
    public var leastDeliveredShare = 0.98
    /// The 99th percentile of the generator's own lateness above which a run is INVALID; default 100 milliseconds.
    public var scheduleLagLimit: Duration = .milliseconds(100)
    /// The most twins to compare at the end; of a larger fleet a seeded sample is taken; default 5,000.
    public var verifyLimit = 5_000
    /// How long to go on asking the fleet's queries while the hub's index lags behind; default 30 seconds.
    public var queryPatience: Duration = .seconds(30)
    /// Rows in a page of a query's answer; default 100, the most that a hub gives.
    public var queryPageSize = 100
    /// Lanes for the devices; nil for one per processor.
    public var lanes: Int?
    /// This program's version, for the result; default "development".
    public var programVersion = "development"

    /// Creates the default settings.
    public init() {}
}
