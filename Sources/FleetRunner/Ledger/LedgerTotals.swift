/// Counters of a running fleet, as they stand at one moment.
struct LedgerTotals: Sendable, Hashable {
    var sent = 0
    var accepted = 0
    var rejected = 0
    /// Seen by their device, live or by catching up.
    var seen = 0
    var superseded = 0
    var acknowledged = 0
    var duplicated = 0
    var outOfOrder = 0
    var foreign = 0

    /// Changes sent and not settled.
    var inFlight: Int { sent - rejected - seen - superseded }

    static func + (left: LedgerTotals, right: LedgerTotals) -> LedgerTotals {
        var sum = left
        sum.sent += right.sent
        sum.accepted += right.accepted
        sum.rejected += right.rejected
        sum.seen += right.seen
        sum.superseded += right.superseded
        sum.acknowledged += right.acknowledged
        sum.duplicated += right.duplicated
        sum.outOfOrder += right.outOfOrder
        sum.foreign += right.foreign
        return sum
    }
}

/// Latencies in microseconds that completed since somebody last asked.
struct RecentLatencies: Sendable {
    var delivery: [Int64] = []
    var echo: [Int64] = []
    var sync: [Int64] = []

    static func += (left: inout RecentLatencies, right: RecentLatencies) {
        left.delivery += right.delivery
        left.echo += right.echo
        left.sync += right.sync
    }
}
