import IoTHub

/// What plain values mean, after the core schema of YAML 1.2: `no` and `off` are texts, `010` is ten.
enum CoreSchema {
    /// Why a plain value is no JSON value.
    enum Problem: Error {
        case tooLarge
        case notFinite
    }

    static func value(of text: String) throws(Problem) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            throw .notFinite
        default: break
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isDigit(first) || "+-.".utf8.contains(first) else { return .string(text) }
        if text.hasPrefix("0x") || text.hasPrefix("0o") {
            let digits = text.dropFirst(2)
            let radix = text.hasPrefix("0x") ? 16 : 8
            guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? 99) < radix }) else {
                return .string(text)
            }
            guard let number = Int64(digits, radix: radix) else { throw .tooLarge }
            return .integer(number)
        }
        return try decimal(text, bytes)
    }

    private static func decimal(_ text: String, _ bytes: [UInt8]) throws(Problem) -> JSON {
        var rest = bytes[...]
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty {
            if whole.isEmpty { return .string(text) }
            guard let number = Int64(text) else { throw .tooLarge }
            return .integer(number)
        }
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return .string(text) }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
            guard !rest.isEmpty else { return .string(text) }
            rest = rest.drop(while: isDigit)
        }
        guard rest.isEmpty else { return .string(text) }
        guard let number = Double(text) else { return .string(text) }
        guard number.isFinite else { throw .notFinite }
        return .double(number)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
