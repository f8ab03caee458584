import Foundation
import IoTHub

extension NaiveEvaluator {
    // MARK: Truth, as the least and the greatest of false < undefined < true

    private static func rank(_ value: JSON?) -> Int {
        if value == .bool(true) { return 2 }
        return value == .bool(false) ? 0 : 1
    }

    private static func truth(_ rank: Int) -> JSON? { [.bool(false), nil, .bool(true)][rank] }

    static func and(_ left: JSON?, _ right: JSON?) -> JSON? { truth(min(rank(left), rank(right))) }

    static func or(_ left: JSON?, _ right: JSON?) -> JSON? { truth(max(rank(left), rank(right))) }

    static func not(_ value: JSON?) -> JSON? { truth(2 - rank(value)) }

    static func member(_ value: JSON?, _ list: [JSON?]) -> JSON? {
        list.map { compare(value, "=", $0) }.reduce(false) { or($0, $1) }
    }

    // MARK: Comparisons, as numbers in a list

    /// What a value is compared by: a place for its type, then integers, one after the other.
    ///
    /// Nil does not compare.
    private static func key(_ value: JSON?) -> [Int128]? {
        switch value {
        case .null?: [0]
        case .bool(let value)?: [1, value ? 1 : 0]
        case .integer(let value)?: [2, Int128(value), 0]
        case .double(let value)?: [2] + parts(of: value)
        case .string(let value)?: [3] + value.unicodeScalars.map { Int128($0.value) }
        case .array?, .object?, nil: nil
        }
    }

    /// The whole part and the rest, whose bits are in order, too.
    ///
    /// What has no whole part of 128 bits is beyond all that have one.
    private static func parts(of value: Double) -> [Int128] {
        func bits(_ value: Double) -> Int128 { Int128(value.magnitude.bitPattern) * (value < 0 ? -1 : 1) }
        if value.magnitude >= 0x1p120 { return [value < 0 ? .min : .max, bits(value)] }
        let whole = value.rounded(.towardZero)
        return [Int128(whole), bits(value - whole)]
    }

    static func compare(_ left: JSON?, _ mark: String, _ right: JSON?) -> JSON? {
        guard let left = key(left), let right = key(right), left[0] == right[0] else { return nil }
        let isLess = left.lexicographicallyPrecedes(right)
        let isGreater = right.lexicographicallyPrecedes(left)
        switch mark {
        case "=": return .bool(left == right)
        case "!=", "<>": return .bool(left != right)
        case "<": return .bool(isLess)
        case ">": return .bool(isGreater)
        case "<=": return .bool(!isGreater)
        default: return .bool(!isLess)
        }
    }

    // MARK: Arithmetic, with 128 bits

    static func calculate(_ left: JSON?, _ mark: String, _ right: JSON?, isSign: Bool = false) -> JSON? {
        if case .integer(let left)? = left, case .integer(let right)? = right {
            return wide(Int128(left), mark, Int128(right))
        }
        guard let left = left?.doubleValue, let right = right?.doubleValue else { return nil }
        if isSign { return .double(-right) }
        let result: Double =
            switch mark {
            case "+": left + right
            case "-": left - right
            case "*": left * right
            case "/": left / right
            default: fmod(left, right)
            }
        return result.isFinite ? .double(result) : nil
    }

    private static func wide(_ left: Int128, _ mark: String, _ right: Int128) -> JSON? {
        let result: Int128
        switch mark {
        case "+": result = left + right
        case "-": result = left - right
        case "*": result = left * right
        default:
            if right == 0 { return nil }
            let quotient = left / right
            if mark == "%" {
                result = left - quotient * right
            } else if quotient * right == left {
                result = quotient
            } else {
                return .double(Double(left) / Double(right))
            }
        }
        return Int64(exactly: result).map(JSON.integer)
    }
}
