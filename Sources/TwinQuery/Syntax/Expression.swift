import IoTHub

/// A condition or a part of one, ready to be evaluated.
///
/// Chains (`a AND b AND c`, `1 + 2 - 3`) are lists and no trees: a text of 8,192 characters holds thousands of links,
/// and each level of a tree takes a piece of the stack. What does nest is bounded by the parser.
indirect enum Expression: Sendable, Hashable {
    /// A value of the text; nil is `undefined`.
    case constant(JSON?)
    case path(QueryPath)
    case call(QueryFunction, [Expression])
    case negative(Expression)
    case arithmetic(Expression, [Step])
    case comparison(Expression, Comparison, Expression)
    /// `IN` and, when negated, `NIN`.
    case membership(Expression, among: [JSON?], isNegated: Bool)
    case not(Expression)
    case all([Expression])
    case any([Expression])

    /// One link of a chain of operators of one rank.
    struct Step: Sendable, Hashable {
        var operation: Arithmetic
        var operand: Expression
    }
}
