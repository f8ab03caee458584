import IoTHub
import TwinQuery

/// What a condition came to, seen from outside.
enum Outcome: Sendable, Hashable {
    case no
    case yes
    case undefined

    /// A condition that is not true and whose negation is not true either is undefined.
    init(of condition: String, mode: QueryMode = .strict, in row: JSON) throws {
        let holds = try QueryCondition(parsing: condition, mode: mode).matches(row)
        let fails = try QueryCondition(parsing: "NOT (\(condition))", mode: mode).matches(row)
        self = holds ? .yes : fails ? .no : .undefined
    }
}
