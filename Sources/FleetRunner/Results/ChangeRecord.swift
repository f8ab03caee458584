/// How a change ended; every change ends in exactly one of these.
public enum ChangeState: UInt8, Sendable, CaseIterable {
    /// The device got it as a live notification.
    case delivered = 1
    /// The device saw it in the twin it fetched after a reconnect.
    case caughtUp
    /// The device saw a later version first.
    case superseded
    /// The hub refused the update.
    case rejected
    /// The hub took it (or never said), and the device never saw it.
    case lost

    /// The name in files and tables: "delivered", "caught_up", "superseded", "rejected", "lost".
    public var name: String {
        switch self {
        case .delivered: "delivered"
        case .caughtUp: "caught_up"
        case .superseded: "superseded"
        case .rejected: "rejected"
        case .lost: "lost"
        }
    }
}

/// One desired update to one device and what became of it: a row of `changes.csv`.
///
/// All instants without "epoch" in their name are microseconds since the start of driving on one monotonic clock.
public struct ChangeRecord: Sendable, Hashable {
    /// The device.
    public var deviceID: String
    /// Which item of the fleet file's workload made it, counted from 0.
    public var workloadItem: Int
    /// The desired `$version` it became; nil when the hub refused it or never said.
    public var version: Int64?
    /// When the open-loop schedule wanted it sent.
    public var intendedMicroseconds: Int64
    /// When the request was handed to the HTTPS client.
    public var sentMicroseconds: Int64?
    /// When the hub's answer was read.
    public var acceptedMicroseconds: Int64?
    /// When the device's handler was entered.
    public var deliveredMicroseconds: Int64?
    /// When the device handed its reported patch to its connection.
    public var echoedMicroseconds: Int64?
    /// When the hub's acknowledgement of the reported patch was read.
    public var acknowledgedMicroseconds: Int64?
    /// The hub's `$metadata.$lastUpdated` of this version, in microseconds since 1970 UTC; nil where it is not known:
    /// bulk updates answer without twins, so there only the last version of a device has it.
    public var lastUpdatedEpochMicroseconds: Int64?
    /// The reported `DateTimeLastDesiredPropertyChangeReceived`, in microseconds since 1970 UTC.
    public var receivedEpochMicroseconds: Int64?
    /// How it ended.
    public var state: ChangeState
    /// How many more times than once the device was told of it.
    public var duplicates: Int
    /// Whether the device was told of it after it had seen a later version.
    public var outOfOrder: Bool

    /// Creates a record.
    public init(
        deviceID: String,
        workloadItem: Int,
        version: Int64?,
        intendedMicroseconds: Int64,
        sentMicroseconds: Int64?,
        acceptedMicroseconds: Int64?,
        deliveredMicroseconds: Int64?,
        echoedMicroseconds: Int64?,
        acknowledgedMicroseconds: Int64?,
        lastUpdatedEpochMicroseconds: Int64?,
        receivedEpochMicroseconds: Int64?,
        state: ChangeState,
        duplicates: Int,
        outOfOrder: Bool
    ) {
        self.deviceID = deviceID
        self.workloadItem = workloadItem
        self.version = version
        self.intendedMicroseconds = intendedMicroseconds
        self.sentMicroseconds = sentMicroseconds
        self.acceptedMicroseconds = acceptedMicroseconds
        self.deliveredMicroseconds = deliveredMicroseconds
        self.echoedMicroseconds = echoedMicroseconds
        self.acknowledgedMicroseconds = acknowledgedMicroseconds
        self.lastUpdatedEpochMicroseconds = lastUpdatedEpochMicroseconds
        self.receivedEpochMicroseconds = receivedEpochMicroseconds
        self.state = state
        self.duplicates = duplicates
        self.outOfOrder = outOfOrder
    }
}
