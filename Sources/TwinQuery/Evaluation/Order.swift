/// How two values stand to each other.
enum Order: Sendable, Hashable {
    case before
    case same
    case after

    var reversed: Order {
        switch self {
        case .before: .after
        case .same: .same
        case .after: .before
        }
    }

    init(_ left: Int64, _ right: Int64) { self = left < right ? .before : left == right ? .same : .after }

    /// Nil for what is no number.
    init?(_ left: Double, _ right: Double) {
        guard !left.isNaN, !right.isNaN else { return nil }
        self = left < right ? .before : left == right ? .same : .after
    }

    /// Compares without rounding: as doubles, 2^53 and 2^53 + 1 would be the same.
    init?(_ left: Int64, _ right: Double) {
        guard !right.isNaN else { return nil }
        guard let whole = Int64(exactly: right.rounded(.towardZero)) else {
            // Beyond 64 bits, or infinite.
            self = right > 0 ? .before : .after
            return
        }
        let order = Order(left, whole)
        if order != .same {
            self = order
        } else {
            let fraction = right - right.rounded(.towardZero)
            self = fraction > 0 ? .before : fraction < 0 ? .after : .same
        }
    }
}
