import IoTHub

/// One aggregate over the rows of one group.
///
/// Open in the documents: values that are no numbers. Decided: they are passed over, and an aggregate of no numbers at
/// all has no value; only COUNT counts rows, whatever is in them.
struct Accumulator: Sendable {
    private let aggregate: Aggregate
    private var count = 0
    /// Sums of the integers and of the others, so that integers add up exactly; 2^64 rows of 64 bits fit.
    private var integers: Int128 = 0
    private var doubles: Double = 0
    private var hasDoubles = false
    private var extreme: JSON?

    init(_ aggregate: Aggregate) { self.aggregate = aggregate }

    /// Takes a row in; COUNT does not look at the value.
    mutating func add(_ value: @autoclosure () -> JSON?) {
        if aggregate == .count {
            count += 1
            return
        }
        guard let value = value() else { return }
        switch value {
        case .integer(let integer): integers += Int128(integer)
        case .double(let double) where double.isFinite:
            doubles += double
            hasDoubles = true
        case .double, .null, .bool, .string, .array, .object: return
        }
        count += 1
        switch aggregate {
        case .minimum where extreme == nil || Comparison.less(value, extreme) == .yes: extreme = value
        case .maximum where extreme == nil || Comparison.greater(value, extreme) == .yes: extreme = value
        default: break
        }
    }

    /// The result; nil when there is none, or when it is too large for a number.
    var value: JSON? {
        switch aggregate {
        case .count: return .integer(Int64(count))
        case .minimum, .maximum: return extreme
        case .sum:
            if count == 0 { return nil }
            if !hasDoubles, let sum = Int64(exactly: integers) { return .integer(sum) }
            return .finite(Double(integers) + doubles)
        case .average:
            if count == 0 { return nil }
            return .finite((Double(integers) + doubles) / Double(count))
        }
    }
}
