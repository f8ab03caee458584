import IoTHub

extension Parser {
    /// A condition that is the whole text.
    mutating func wholeCondition() throws(QueryError) -> Expression {
        switch token.kind {
        case .end: throw fault("a condition, such as tags.location.plant = 'Redmond43'")
        case .keyword(.select):
            throw fault("the condition alone, what stands after WHERE, without SELECT and FROM")
        case .keyword(.where), .keyword(.from):
            throw fault("the condition alone, without the word \(Words.shortened(source.text(token.range)))")
        default: break
        }
        let condition = try condition()
        guard token.kind == .end else { throw faultAfterCondition("the end of the condition") }
        return condition
    }

    mutating func condition() throws(QueryError) -> Expression {
        var operands = [try conjunction()]
        while take(.or) { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : .any(operands)
    }

    private mutating func conjunction() throws(QueryError) -> Expression {
        var operands = [try negation()]
        while take(.and) { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : .all(operands)
    }

    private mutating func negation() throws(QueryError) -> Expression {
        guard token.kind == .keyword(.not) else { return try comparison() }
        try enter()
        defer { leave() }
        advance()
        return .not(try negation())
    }

    private mutating func comparison() throws(QueryError) -> Expression {
        let left = try sum()
        let result: Expression
        if let comparison = token.kind.comparison {
            advance()
            result = .comparison(left, comparison, try sum())
        } else if token.kind == .keyword(.in) || token.kind == .keyword(.notIn) {
            let isNegated = token.kind == .keyword(.notIn)
            advance()
            result = .membership(left, among: try members(), isNegated: isNegated)
        } else {
            return left
        }
        if token.kind.comparison != nil || token.kind == .keyword(.in) || token.kind == .keyword(.notIn) {
            throw fault("AND or OR; a comparison of comparisons needs parentheses")
        }
        return result
    }

    private mutating func sum() throws(QueryError) -> Expression {
        let first = try product()
        var steps: [Expression.Step] = []
        while let operation = token.kind.sum {
            advance()
            steps.append(Expression.Step(operation: operation, operand: try product()))
        }
        return steps.isEmpty ? first : .arithmetic(first, steps)
    }

    private mutating func product() throws(QueryError) -> Expression {
        let first = try unary()
        var steps: [Expression.Step] = []
        while let operation = token.kind.product {
            advance()
            steps.append(Expression.Step(operation: operation, operand: try unary()))
        }
        return steps.isEmpty ? first : .arithmetic(first, steps)
    }

    private mutating func unary() throws(QueryError) -> Expression {
        guard token.kind == .symbol(.minus) else { return try primary() }
        try enter()
        defer { leave() }
        advance()
        let operand = try unary()
        // A number with a minus is a constant.
        if case .constant(let value?) = operand, let negated = value.negated { return .constant(negated) }
        return .negative(operand)
    }
}

extension Token.Kind {
    fileprivate var comparison: Comparison? {
        switch self {
        case .symbol(.equal): .equal
        case .symbol(.notEqual), .symbol(.lessOrGreater): .notEqual
        case .symbol(.less): .less
        case .symbol(.lessOrEqual): .lessOrEqual
        case .symbol(.greater): .greater
        case .symbol(.greaterOrEqual): .greaterOrEqual
        default: nil
        }
    }

    fileprivate var sum: Arithmetic? {
        switch self {
        case .symbol(.plus): .add
        case .symbol(.minus): .subtract
        default: nil
        }
    }

    fileprivate var product: Arithmetic? {
        switch self {
        case .symbol(.star): .multiply
        case .symbol(.slash): .divide
        case .symbol(.percent): .remainder
        default: nil
        }
    }
}
