public import IoTHub

/// Takes in kept rows and gives the rows of the result.
public struct QueryGrouping: Sendable {
    private struct Group: Sendable {
        let key: GroupKey
        var accumulators: [Accumulator]
    }

    private let columns: [Column]
    private let paths: [QueryPath]
    private var groups: [Group] = []
    private var positions: [GroupKey: Int] = [:]

    init(columns: [Column], paths: [QueryPath]) {
        self.columns = columns
        self.paths = paths
        // Without GROUP BY all rows are one group, which is there without any row, too: COUNT() of nothing is 0.
        if paths.isEmpty { groups = [Group(key: GroupKey([], in: JSON.null), accumulators: makeAccumulators())] }
    }

    private func makeAccumulators() -> [Accumulator] {
        columns.compactMap { column in
            if case .aggregate(let aggregate, _) = column.content { Accumulator(aggregate) } else { nil }
        }
    }

    /// Takes a kept row in.
    public mutating func add(_ row: some QueryRow) {
        let position = position(of: row)
        var index = 0
        for column in columns {
            guard case .aggregate(_, let path) = column.content else { continue }
            groups[position].accumulators[index].add(path.flatMap { row.value(at: $0) })
            index += 1
        }
    }

    private mutating func position(of row: some QueryRow) -> Int {
        if paths.isEmpty { return 0 }
        let key = GroupKey(paths, in: row)
        if let position = positions[key] { return position }
        positions[key] = groups.count
        groups.append(Group(key: key, accumulators: makeAccumulators()))
        return groups.count - 1
    }

    /// The rows of the result: one without GROUP BY, else one per group in the order in which they appeared.
    ///
    /// A member without a value is left out. `QueryStatement.limit` is not applied.
    public var rows: [JSON] {
        groups.map { group in
            var members = JSONObject()
            var accumulators = group.accumulators.makeIterator()
            for column in columns {
                switch column.content {
                case .key(let index): members[column.name] = group.key.values[index]
                case .aggregate: members[column.name] = accumulators.next()?.value
                case .path: break
                }
            }
            return .object(members)
        }
    }
}
