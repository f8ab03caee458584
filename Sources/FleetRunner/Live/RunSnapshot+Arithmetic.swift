extension RunSnapshot.Changes {
    private static var counts: [WritableKeyPath<Self, Int>] {
        [
            \.intended, \.sent, \.accepted, \.rejected, \.delivered, \.acknowledged, \.superseded, \.overdue,
            \.duplicated, \.outOfOrder, \.foreign,
        ]
    }

    init(_ totals: LedgerTotals) {
        self.init()
        sent = totals.sent
        accepted = totals.accepted
        rejected = totals.rejected
        delivered = totals.seen
        acknowledged = totals.acknowledged
        superseded = totals.superseded
        duplicated = totals.duplicated
        outOfOrder = totals.outOfOrder
        foreign = totals.foreign
    }

    static func += (left: inout Self, right: Self) {
        for count in counts { left[keyPath: count] += right[keyPath: count] }
    }

    static func - (left: Self, right: Self) -> Self {
        var difference = left
        for count in counts { difference[keyPath: count] -= right[keyPath: count] }
        return difference
    }
}
