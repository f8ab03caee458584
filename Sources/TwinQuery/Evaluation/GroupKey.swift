import IoTHub

/// The values that the rows of a group have in common.
///
/// Open in the documents: a row without the value. Decided: such rows are a group of their own, whose row of the result
/// leaves the member out; null is a value.
struct GroupKey: Sendable, Hashable {
    let values: [JSON?]

    init(_ paths: [QueryPath], in row: some QueryRow) { values = paths.map { row.value(at: $0) } }

    /// Values are the same when `=` says so: 1 and 1.0 are, "é" in one and in two code points is not.
    ///
    /// Objects and arrays, which `=` does not compare, are the same member by member.
    static func == (left: GroupKey, right: GroupKey) -> Bool {
        left.values.elementsEqual(right.values) { left, right in
            switch (left, right) {
            case (nil, nil): true
            case (.object?, .object?), (.array?, .array?): left == right
            default: Comparison.equal(left, right) == .yes
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        for value in values { hasher.combine(Self.likeEquals(value)) }
    }

    /// The value, with an integer for a double that is equal to one.
    private static func likeEquals(_ value: JSON?) -> JSON? {
        guard case .double(let double)? = value, let integer = Int64(exactly: double) else { return value }
        return .integer(integer)
    }
}
