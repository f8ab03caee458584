/// What is known of one change so far; instants are ``RunClock/now()``, 0 means "not yet".
struct ChangeEntry: Sendable {
    /// The change's place in the schedule.
    let planned: Int32
    var sent: Int64
    var accepted: Int64 = 0
    var delivered: Int64 = 0
    var echoed: Int64 = 0
    var acknowledged: Int64 = 0
    /// Microseconds since 1970 UTC: the reported `DateTimeLastDesiredPropertyChangeReceived`.
    var receivedEpoch: Int64 = 0
    /// Microseconds since 1970 UTC: the hub's `$lastUpdated`.
    var lastUpdatedEpoch: Int64 = 0
    /// The desired `$version`; 0 while it is not known.
    var version: Int64 = 0
    /// How it ended; nil while it is open.
    var state: ChangeState?
    /// When it was known to be refused or overtaken; what a device has seen ended with ``delivered``.
    var ended: Int64 = 0
    var duplicates: UInt16 = 0
    var isOutOfOrder = false

    init(planned: Int32, sent: Int64) {
        self.planned = planned
        self.sent = sent
    }
}
