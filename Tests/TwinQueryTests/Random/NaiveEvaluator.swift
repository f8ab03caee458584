import Foundation
import IoTHub

/// A second reading of the language, written apart from the first.
///
/// It cuts and evaluates in one go, without a tree, without short cuts, and knows only texts that are right. The two have
/// nothing in common but `JSON`.
struct NaiveEvaluator {
    private var rest: Substring
    let row: JSON

    static func value(of text: String, in row: JSON) -> JSON? {
        var evaluator = NaiveEvaluator(rest: text[...], row: row)
        let value = evaluator.expression(0)
        evaluator.skipSpace()
        precondition(evaluator.rest.isEmpty, "not read to its end: \(text)")
        return value
    }

    // MARK: Cutting

    private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }

    /// Takes a word of letters, or nothing.
    private mutating func take(word: String) -> Bool {
        skipSpace()
        let found = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
        guard found.caseInsensitiveCompare(word) == .orderedSame else { return false }
        rest = rest.dropFirst(found.count)
        return true
    }

    private mutating func take(mark: String) -> Bool {
        skipSpace()
        guard rest.hasPrefix(mark) else { return false }
        rest = rest.dropFirst(mark.count)
        return true
    }

    // MARK: Binary operators

    /// Binding powers: OR 1, AND 2, NOT 3, comparisons 4, + - 5, * / % 6, minus 7.
    private mutating func expression(_ power: Int) -> JSON? {
        var left = prefix()
        while let next = infix(left, above: power) { left = next.value }
        return left
    }

    private struct Result { var value: JSON? }

    private mutating func infix(_ left: JSON?, above power: Int) -> Result? {
        if power < 1, take(word: "OR") { return Result(value: Self.or(left, expression(1))) }
        if power < 2, take(word: "AND") { return Result(value: Self.and(left, expression(2))) }
        if power < 4 {
            if take(word: "IN") { return Result(value: Self.member(left, list())) }
            if take(word: "NIN") { return Result(value: Self.not(Self.member(left, list()))) }
            for mark in ["<=", ">=", "<>", "!=", "=", "<", ">"] where take(mark: mark) {
                return Result(value: Self.compare(left, mark, expression(4)))
            }
        }
        for mark in ["+", "-"] where power < 5 && take(mark: mark) {
            return Result(value: Self.calculate(left, mark, expression(5)))
        }
        for mark in ["*", "/", "%"] where power < 6 && take(mark: mark) {
            return Result(value: Self.calculate(left, mark, expression(6)))
        }
        return nil
    }

    // MARK: Operands

    private mutating func prefix() -> JSON? {
        if take(word: "NOT") { return Self.not(expression(3)) }
        if take(mark: "-") { return Self.calculate(.integer(0), "-", expression(7), isSign: true) }
        if take(mark: "(") {
            let value = expression(0)
            _ = take(mark: ")")
            return value
        }
        if take(word: "TRUE") { return true }
        if take(word: "FALSE") { return false }
        if take(word: "NULL") { return .null }
        if take(word: "UNDEFINED") { return nil }
        skipSpace()
        if let quote = rest.first, quote == "'" || quote == "\"" { return text(quote) }
        if rest.first == "[", !rest.hasPrefix("[[") { return .array(list().compactMap { $0 }) }
        if rest.first?.isNumber == true { return number() }
        return pathOrCall()
    }

    private mutating func text(_ quote: Character) -> JSON {
        var value = ""
        rest.removeFirst()
        while let next = rest.popFirst(), next != quote {
            guard next == "\\" else { value.append(next); continue }
            let escaped = rest.removeFirst()
            if escaped == "u" {
                let digits = rest.prefix(4)
                rest = rest.dropFirst(4)
                value.unicodeScalars.append(UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "?")
            } else {
                value.append(escaped)
            }
        }
        return .string(value)
    }

    private mutating func number() -> JSON {
        let digits = rest.prefix { $0.isLetter || $0.isNumber || $0 == "." }
        rest = rest.dropFirst(digits.count)
        if digits.hasPrefix("0x") { return .integer(Int64(digits.dropFirst(2), radix: 16) ?? 0) }
        return Int64(digits).map(JSON.integer) ?? .double(Double(digits) ?? .nan)
    }

    private mutating func list() -> [JSON?] {
        _ = take(mark: "[")
        var values: [JSON?] = []
        repeat { values.append(prefix()) } while take(mark: ",")
        _ = take(mark: "]")
        return values
    }

    private mutating func pathOrCall() -> JSON? {
        var names = [name()]
        if take(mark: "(") {
            var arguments: [JSON?] = []
            repeat { arguments.append(expression(0)) } while take(mark: ",")
            _ = take(mark: ")")
            return NaiveFunctions.value(of: names[0].uppercased(), arguments)
        }
        while take(mark: ".") { names.append(name()) }
        // The first name in any case, the others as they are.
        var value = row.objectValue?.first { $0.key.lowercased() == names[0].lowercased() }?.value
        for name in names.dropFirst() { value = value?[name] }
        return value
    }

    private mutating func name() -> String {
        skipSpace()
        if rest.hasPrefix("[["), let end = rest.range(of: "]]") {
            let name = rest[..<end.lowerBound].dropFirst(2)
            rest = rest[end.upperBound...]
            return String(name)
        }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
        rest = rest.dropFirst(name.count)
        return String(name)
    }
}
