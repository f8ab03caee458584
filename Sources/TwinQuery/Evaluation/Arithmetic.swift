import IoTHub

/// An operator between two numbers that gives a number.
enum Arithmetic: Sendable, Hashable {
    case add
    case subtract
    case multiply
    case divide
    case remainder

    /// Calculates with numbers; nil (undefined) for anything else, for a division by zero and for a result that is too
    /// large.
    ///
    /// Open in the documents. Decided: integers give integers as long as the result is one, so that large ones stay
    /// exact; `7 / 2` is 3.5; the remainder has the sign of the left side.
    func callAsFunction(_ left: JSON?, _ right: JSON?) -> JSON? {
        if case .integer(let left)? = left, case .integer(let right)? = right { return integers(left, right) }
        guard let left = left?.doubleValue, let right = right?.doubleValue else { return nil }
        return .finite(doubles(left, right))
    }

    private func integers(_ left: Int64, _ right: Int64) -> JSON? {
        let (value, overflows) =
            switch self {
            case .add: left.addingReportingOverflow(right)
            case .subtract: left.subtractingReportingOverflow(right)
            case .multiply: left.multipliedReportingOverflow(by: right)
            case .divide: left.dividedReportingOverflow(by: right)
            case .remainder: left.remainderReportingOverflow(dividingBy: right)
            }
        // The only remainder that overflows otherwise is that of the smallest integer by -1, which is 0.
        if self == .remainder, overflows { return right == 0 ? nil : .integer(0) }
        if overflows { return nil }
        if self == .divide, left % right != 0 { return .double(Double(left) / Double(right)) }
        return .integer(value)
    }

    private func doubles(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .remainder: left.truncatingRemainder(dividingBy: right)
        }
    }
}

extension JSON {
    /// The number, or nil when it is none that JSON can express.
    static func finite(_ value: Double) -> JSON? { value.isFinite ? .double(value) : nil }

    /// The number with the other sign; nil for anything else.
    var negated: JSON? {
        switch self {
        case .integer(let value):
            value == .min ? nil : .integer(-value)
        case .double(let value): .double(-value)
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
