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

    /// The sums that must hold.
    public var balances: [Balance] {
        [
            Balance("intended", intended, [Balance.Part(sent, "sent"), Balance.Part(unsent, "unsent")]),
            Balance(
                "sent",
                sent,
                [
                    Balance.Part(delivered, "delivered"), Balance.Part(caughtUp, "caught up"),
                    Balance.Part(superseded, "superseded"), Balance.Part(rejected, "rejected"),
                    Balance.Part(lost, "lost"),
                ]
            ),
            Balance(
                "echoed",
                delivered + caughtUp,
                [Balance.Part(acknowledged, "acknowledged"), Balance.Part(unacknowledged, "unacknowledged")]
            ),
        ]
    }

    /// The sums that do not hold, in words; empty when the books balance.
    public var imbalances: [String] { balances.filter { !$0.holds }.map(\.imbalance) }
}

/// One sum of the books: a number of changes, and what became of them.
public struct Balance: Sendable, Hashable {
    /// What some of the changes became.
    public struct Part: Sendable, Hashable {
        /// How many.
        public var count: Int
        /// What they became, such as "caught up".
        public var name: String

        init(_ count: Int, _ name: String) {
            self.count = count
            self.name = name
        }
    }

    /// What is summed up: "intended", "sent" or "echoed".
    public var name: String
    /// The number that the parts must make.
    public var total: Int
    /// What became of the changes, in the order of a report.
    public var parts: [Part]

    init(_ name: String, _ total: Int, _ parts: [Part]) {
        self.name = name
        self.total = total
        self.parts = parts
    }

    /// The parts' sum.
    public var sum: Int { parts.reduce(0) { $0 + $1.count } }

    /// Whether the parts make the total.
    public var holds: Bool { sum == total }

    /// What is wrong, in words, for a sum that does not hold.
    var imbalance: String {
        "\(name) \(total) is not " + parts.map { "\($0.name) \($0.count)" }.joined(separator: " + ") + " = \(sum)"
    }
}
