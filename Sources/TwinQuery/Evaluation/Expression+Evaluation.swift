import IoTHub

extension Expression {
    /// What the expression comes to in a row; nil is undefined.
    func value(in row: some QueryRow) -> JSON? {
        switch self {
        case .constant(let value): return value
        case .path(let path): return row.value(at: path)
        case .negative(let operand): return operand.value(in: row)?.negated
        case .arithmetic(let first, let steps):
            var value = first.value(in: row)
            for step in steps { value = step.operation(value, step.operand.value(in: row)) }
            return value
        case .call(let function, let arguments): return function.value(of: arguments, in: row)
        case .comparison, .membership, .not, .all, .any: return truth(in: row).value
        }
    }

    /// Whether the expression, as a condition, holds in a row.
    func truth(in row: some QueryRow) -> Truth {
        switch self {
        case .comparison(let left, let comparison, let right):
            return comparison(left.value(in: row), right.value(in: row))
        case .membership(let operand, let values, let isNegated):
            let isMember = Self.isMember(operand.value(in: row), of: values)
            return isNegated ? isMember.negated : isMember
        case .not(let operand): return operand.truth(in: row).negated
        case .all(let operands):
            var truth = Truth.yes
            for operand in operands where truth != .no { truth = truth.and(operand.truth(in: row)) }
            return truth
        case .any(let operands):
            var truth = Truth.no
            for operand in operands where truth != .yes { truth = truth.or(operand.truth(in: row)) }
            return truth
        case .constant, .path, .call, .negative, .arithmetic: return Truth(value(in: row))
        }
    }

    /// `x IN [a, b]` is `x = a OR x = b`, so a value of another type than the listed ones is undefined, and `NIN`, its
    /// negation, drops such a row (open in the documents).
    private static func isMember(_ value: JSON?, of values: [JSON?]) -> Truth {
        var truth = Truth.no
        for listed in values where truth != .yes { truth = truth.or(Comparison.equal(value, listed)) }
        return truth
    }
}
