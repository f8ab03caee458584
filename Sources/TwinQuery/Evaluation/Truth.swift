import IoTHub

/// What a condition can come to.
///
/// Only `yes` keeps a row.
///
/// Open in the documents: what AND, OR and NOT make of undefined. Decided here, as in Cosmos DB and in SQL with its
/// null: undefined is "not known", and the result is known only where it does not depend on it. A value that is no
/// boolean counts as undefined.
enum Truth: Sendable, Hashable {
    case no
    case yes
    case undefined

    init(_ value: Bool) { self = value ? .yes : .no }

    init(_ value: JSON?) {
        if case .bool(let value)? = value { self.init(value) } else { self = .undefined }
    }

    var value: JSON? {
        switch self {
        case .no: .bool(false)
        case .yes: .bool(true)
        case .undefined: nil
        }
    }

    /// Both.
    ///
    ///     AND        yes         no   undefined
    ///     yes        yes         no   undefined
    ///     no         no          no   no
    ///     undefined  undefined   no   undefined
    func and(_ other: Truth) -> Truth {
        switch self {
        case .no: .no
        case .yes: other
        case .undefined: other == .no ? .no : .undefined
        }
    }

    /// One or the other, or both.
    ///
    ///     OR         yes   no          undefined
    ///     yes        yes   yes         yes
    ///     no         yes   no          undefined
    ///     undefined  yes   undefined   undefined
    func or(_ other: Truth) -> Truth {
        switch self {
        case .yes: .yes
        case .no: other
        case .undefined: other == .yes ? .yes : .undefined
        }
    }

    /// `NOT undefined` is undefined: `NOT tags.x = 1` drops a row without `tags.x`, as `tags.x != 1` does.
    var negated: Truth {
        switch self {
        case .no: .yes
        case .yes: .no
        case .undefined: .undefined
        }
    }
}
