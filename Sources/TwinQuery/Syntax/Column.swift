/// A member of a result row.
struct Column: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case path(QueryPath)
        /// The value that the rows of a group have in common: which of the paths of GROUP BY.
        case key(Int)
        /// The path is nil for COUNT only.
        case aggregate(Aggregate, QueryPath?)
    }

    /// The name of the member: the alias; without one the last name of the path, or the aggregate's in small letters
    /// (open in the documents, which give every column an alias).
    var name: String
    var content: Content
}

/// What a column makes of many rows.
enum Aggregate: String, Sendable, CaseIterable {
    case count = "COUNT"
    case average = "AVG"
    case sum = "SUM"
    case minimum = "MIN"
    case maximum = "MAX"
}
