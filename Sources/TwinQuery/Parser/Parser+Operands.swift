import IoTHub

extension Parser {
    /// A value, a field, a function, or a condition in parentheses.
    mutating func primary() throws(QueryError) -> Expression {
        switch token.kind {
        case .symbol(.leftParenthesis):
            try enter()
            defer { leave() }
            advance()
            let condition = try condition()
            guard take(.rightParenthesis) else { throw faultAfterCondition("')'") }
            return condition
        case .symbol(.leftBracket):
            return .constant(.array(try list().compactMap { $0 }))
        case .name where token(after: 1).kind == .symbol(.leftParenthesis):
            return try call()
        case .name, .escapedName:
            return .path(try referencedPath())
        case .keyword(.select):
            throw fault("a value or a field: IoT Hub's query language has no queries inside of queries")
        case .keyword(.not):
            throw fault("a value or a field; put NOT and its operand in parentheses")
        default:
            if let constant = try scalar() { return .constant(constant.value) }
            throw fault("a value, a field or a function")
        }
    }

    /// The list after IN or NIN.
    mutating func members() throws(QueryError) -> [JSON?] {
        guard token.kind == .symbol(.leftBracket) else {
            throw fault("a list in square brackets, such as ['US', 'EU']")
        }
        return try list()
    }

    /// Constants in square brackets, at least one; nil is `undefined`.
    private mutating func list() throws(QueryError) -> [JSON?] {
        try enter()
        defer { leave() }
        advance()
        var values: [JSON?] = []
        repeat {
            if token.kind == .symbol(.leftBracket) {
                values.append(.array(try list().compactMap { $0 }))
            } else if let constant = try constant() {
                values.append(constant.value)
            } else {
                throw faultAboutListed()
            }
        } while take(.comma)
        guard take(.rightBracket) else { throw fault("',' or ']'") }
        return values
    }

    private func faultAboutListed() -> QueryError {
        let expected = "a constant, such as 'text', 1 or true"
        guard case .name(let name) = token.kind else { return fault(expected) }
        return fault("\(expected); a text stands in quotes, '\(Words.shortened(name))'")
    }

    /// A constant with or without a minus.
    private mutating func constant() throws(QueryError) -> Constant? {
        guard token.kind == .symbol(.minus) else { return try scalar() }
        advance()
        guard case .number(let number) = token.kind, let negated = number.negated else {
            throw fault("a number after '-'")
        }
        advance()
        return Constant(value: negated)
    }

    /// A constant that is one token; nil when there is none.
    private mutating func scalar() throws(QueryError) -> Constant? {
        let constant: Constant
        switch token.kind {
        case .text(let text): constant = Constant(value: .string(text))
        case .number(let number): constant = Constant(value: number)
        case .keyword(.true): constant = Constant(value: .bool(true))
        case .keyword(.false): constant = Constant(value: .bool(false))
        case .keyword(.null): constant = Constant(value: .null)
        case .keyword(.undefined): constant = Constant(value: nil)
        default: return nil
        }
        advance()
        return constant
    }

    /// What follows a condition and should not, where `closings` would have ended it.
    func faultAfterCondition(_ closings: String...) -> QueryError {
        let expected = Words.alternatives(["an operator", "AND", "OR"] + closings)
        switch token.kind {
        case .text where token(after: -1).range.upperBound == token.range.lowerBound:
            return fault(expected + "; a quote inside of a text is written \\' or \\\"")
        case .keyword(.not) where token(after: 1).kind == .keyword(.in):
            return fault("NIN: IoT Hub's query language writes NOT IN so")
        case .symbol(.leftBracket):
            return fault(expected + "; elements of arrays cannot be read")
        default:
            return fault(expected, meaning: ["AND", "OR", "IN", "NIN", "GROUP"])
        }
    }
}

/// A constant, of which there are two kinds of nothing: no constant, and `undefined`.
private struct Constant {
    var value: JSON?
}
