import IoTHub

extension QueryFunction {
    /// What the function makes of its arguments in a row; nil is undefined.
    ///
    /// The parser has checked how many there are. An argument of a type that the function does not take makes the
    /// result undefined.
    func value(of arguments: [Expression], in row: some QueryRow) -> JSON? {
        let first = arguments[0].value(in: row)
        switch self {
        case .isDefined: return .bool(first != nil)
        case .isBool: return .bool(first?.boolValue != nil)
        case .isNumber: return .bool(first?.isNumber == true)
        case .isString: return .bool(first?.stringValue != nil)
        case .isNull: return .bool(first?.isNull == true)
        case .isObject: return .bool(first?.objectValue != nil)
        case .isArray: return .bool(first?.arrayValue != nil)
        case .isPrimitive: return .bool(first?.isPrimitive == true)
        case .asNumber: return first?.asNumber
        case .abs, .sign, .ceiling, .floor, .square, .exp, .squareRoot: return number(first)
        case .power:
            guard let base = first?.doubleValue, let exponent = arguments[1].value(in: row)?.doubleValue else {
                return nil
            }
            return .finite(Exponentials.power(base, exponent))
        case .length: return first?.stringValue.map { .integer(Int64($0.unicodeScalars.count)) }
        case .lower: return first?.stringValue.map { .string($0.lowercased()) }
        case .upper: return first?.stringValue.map { .string($0.uppercased()) }
        case .concat: return Self.joined(first, arguments.dropFirst(), in: row)
        case .substring:
            let length = arguments.count > 2 ? arguments[2].value(in: row) : .integer(.max)
            return Self.substring(of: first, from: arguments[1].value(in: row), length: length)
        case .startsWith, .startsWithUnderscore, .endsWith, .endsWithUnderscore, .contains, .indexOf:
            guard let text = first?.stringValue, let part = arguments[1].value(in: row)?.stringValue else {
                return nil
            }
            return find(part, in: text)
        }
    }

    private func number(_ value: JSON?) -> JSON? {
        guard let value, let double = value.doubleValue else { return nil }
        switch (self, value) {
        // Integers stay exact where the result is one.
        case (.abs, .integer(let integer)): return integer < 0 ? value.negated : value
        case (.sign, _): return .integer(double < 0 ? -1 : double > 0 ? 1 : 0)
        case (.ceiling, .integer), (.floor, .integer): return value
        case (.square, _): return Arithmetic.multiply(value, value)
        case (.abs, _): return .double(Swift.abs(double))
        case (.ceiling, _): return .double(double.rounded(.up))
        case (.floor, _): return .double(double.rounded(.down))
        case (.exp, _): return .finite(Exponentials.exponential(double))
        case (.squareRoot, _): return .finite(double.squareRoot())
        default: return nil
        }
    }
}

extension JSON {
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .double: true
        case .null, .bool, .string, .array, .object: false
        }
    }

    fileprivate var isPrimitive: Bool {
        switch self {
        case .null, .bool, .integer, .double, .string: true
        case .array, .object: false
        }
    }

    /// The number that a text represents; a number itself.
    fileprivate var asNumber: JSON? {
        switch self {
        case .integer, .double: self
        case .string(let text):
            if let integer = Int64(text) {
                .integer(integer)
            } else if text.utf8.allSatisfy(Self.isOfNumber), let double = Double(text) {
                .finite(double)
            } else {
                nil
            }
        case .null, .bool, .array, .object: nil
        }
    }

    /// Keeps out what `Double` reads and nobody means: `0x1p3`, `inf`, `nan`.
    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
