import IoTHub

/// An operator between two values that gives a truth.
enum Comparison: Sendable, Hashable {
    case equal
    case notEqual
    case less
    case lessOrEqual
    case greater
    case greaterOrEqual

    /// Compares two values.
    ///
    /// Primitives of one type only; everything else is undefined, also `!=` between values of two types and with a
    /// value that is missing (open in the documents for `!=`). Null is a type with one value, so `x = null` is true for
    /// null and undefined for all others. False comes before true.
    func callAsFunction(_ left: JSON?, _ right: JSON?) -> Truth {
        switch (left, right) {
        case (.string(let left)?, .string(let right)?): compare(left, right)
        case (.integer(let left)?, .integer(let right)?): holds(Order(left, right))
        case (.double(let left)?, .double(let right)?): Order(left, right).map(holds) ?? .undefined
        case (.integer(let left)?, .double(let right)?): Order(left, right).map(holds) ?? .undefined
        case (.double(let left)?, .integer(let right)?): Order(right, left).map { holds($0.reversed) } ?? .undefined
        case (.bool(let left)?, .bool(let right)?): holds(Order(left ? 1 : 0, right ? 1 : 0))
        case (.null?, .null?): holds(.same)
        default: .undefined
        }
    }

    /// Compares texts by their code points, and thus by the bytes of UTF-8 (open in the documents).
    ///
    /// Not with `==` of `String`, to which "é" in one and in two code points are the same.
    private func compare(_ left: String, _ right: String) -> Truth {
        switch self {
        case .equal: Truth(left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8))
        case .notEqual: Comparison.equal.compare(left, right).negated
        case .less: Truth(left.utf8.lexicographicallyPrecedes(right.utf8))
        case .greater: Truth(right.utf8.lexicographicallyPrecedes(left.utf8))
        case .lessOrEqual: Comparison.greater.compare(left, right).negated
        case .greaterOrEqual: Comparison.less.compare(left, right).negated
        }
    }

    private func holds(_ order: Order) -> Truth {
        switch self {
        case .equal: Truth(order == .same)
        case .notEqual: Truth(order != .same)
        case .less: Truth(order == .before)
        case .lessOrEqual: Truth(order != .after)
        case .greater: Truth(order == .after)
        case .greaterOrEqual: Truth(order != .before)
        }
    }
}
