import Foundation
import IoTHub

/// The functions, over values that are there already.
enum NaiveFunctions {
    static func value(of name: String, _ arguments: [JSON?]) -> JSON? {
        let first = arguments[0]
        let kind = first?.kind ?? "undefined"
        switch name {
        case "IS_DEFINED": return .bool(first != nil)
        case "IS_BOOL": return .bool(kind == "boolean")
        case "IS_NUMBER": return .bool(kind == "number")
        case "IS_STRING": return .bool(kind == "string")
        case "IS_NULL": return .bool(kind == "null")
        case "IS_OBJECT": return .bool(kind == "object")
        case "IS_ARRAY": return .bool(kind == "array")
        case "IS_PRIMITIVE": return .bool(["boolean", "number", "string", "null"].contains(kind))
        case "ABS", "SIGN", "CEILING", "FLOOR", "SQUARE", "SQRT": return number(name, first)
        default: return text(name, arguments)
        }
    }

    private static func number(_ name: String, _ value: JSON?) -> JSON? {
        guard let value, let double = value.doubleValue else { return nil }
        let isNegative = NaiveEvaluator.compare(value, "<", 0) == true
        switch name {
        case "ABS": return isNegative ? NaiveEvaluator.calculate(0, "-", value, isSign: true) : value
        case "SIGN": return isNegative ? -1 : NaiveEvaluator.compare(value, "=", 0) == true ? 0 : 1
        case "SQUARE": return NaiveEvaluator.calculate(value, "*", value)
        case "SQRT": return isNegative ? nil : .double(sqrt(double))
        case "CEILING": return value.integerValue == nil ? .double(ceil(double)) : value
        default: return value.integerValue == nil ? .double(floor(double)) : value
        }
    }

    private static func text(_ name: String, _ arguments: [JSON?]) -> JSON? {
        guard let text = arguments[0]?.stringValue.map({ Array($0.unicodeScalars) }) else { return nil }
        switch name {
        case "LENGTH": return .integer(Int64(text.count))
        case "UPPER": return .string(string(text).uppercased())
        case "LOWER": return .string(string(text).lowercased())
        case "SUBSTRING":
            guard let start = arguments[1]?.integerValue, start >= 0 else { return nil }
            var end = text.count
            if arguments.count > 2 {
                guard let length = arguments[2]?.integerValue, length >= 0 else { return nil }
                end = Int(min(Int128(text.count), Int128(start) + Int128(length)))
            }
            return .string(start < end ? string(Array(text[Int(start)..<end])) : "")
        default: break
        }
        guard let part = arguments[1]?.stringValue.map({ Array($0.unicodeScalars) }) else { return nil }
        let places =
            text.count < part.count
            ? []
            : (0...text.count - part.count).filter { start in
                Array(text[start..<start + part.count]) == part
            }
        switch name {
        case "STARTSWITH", "STARTS_WITH": return .bool(places.first == 0)
        case "ENDSWITH", "ENDS_WITH": return .bool(places.last == text.count - part.count)
        case "CONTAINS": return .bool(!places.isEmpty)
        case "INDEX_OF": return .integer(places.first.map(Int64.init) ?? -1)
        default: return .string(string(text + part))
        }
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }
}
