/// The books of a run: where every change ended.
///
/// Two sums must hold: `intended == sent + unsent`, and `sent == delivered + caughtUp + superseded + rejected + lost`.
public struct Accounting: Sendable, Hashable {
    /// Changes the schedule asked for (up to the interruption, if there was one).
    public var intended = 0
    /// Changes handed to the hub's API.
    public var sent = 0
    /// Changes that were due and never sent, because earlier ones blocked the way until the end.
    public var unsent = 0
    /// Ended as ``ChangeState/delivered``.
    public var delivered = 0
    /// Ended as ``ChangeState/caughtUp``.
    public var caughtUp = 0
    /// Ended as ``ChangeState/superseded``.
    public var superseded = 0
    /// Ended as ``ChangeState/rejected``.
    public var rejected = 0
    /// Ended as ``ChangeState/lost``.
    public var lost = 0
    /// Notifications that repeated a version which the device had already seen.
    public var duplicated = 0
    /// Notifications that came after a later version had been seen.
    public var outOfOrder = 0
    /// Delivered or caught-up changes whose echo the hub acknowledged.
    public var acknowledged = 0
    /// Delivered or caught-up changes whose echo was never acknowledged.
    public var unacknowledged = 0
    /// Desired versions that another writer made on our devices during the run.
    public var foreignChanges = 0
    /// Connections that came back after a loss.
    public var reconnects = 0
    /// Operations that failed, over all phases, retries that later worked included.
    public var errors = 0

    /// Creates books of zeros.
    public init() {}

    /// The sums that do not hold, in words; empty when the books balance.
    public var imbalances: [String] {
        var found: [String] = []
        if intended != sent + unsent {
            found.append("intended \(intended) is not sent \(sent) + unsent \(unsent)")
        }
        let ended = delivered + caughtUp + superseded + rejected + lost
        if sent != ended {
            found.append(
                "sent \(sent) is not delivered \(delivered) + caught up \(caughtUp) + superseded \(superseded) + "
                    + "rejected \(rejected) + lost \(lost) = \(ended)"
            )
        }
        if delivered + caughtUp != acknowledged + unacknowledged {
            found.append(
                "delivered \(delivered) + caught up \(caughtUp) is not acknowledged \(acknowledged) + "
                    + "unacknowledged \(unacknowledged)"
            )
        }
        return found
    }
}
