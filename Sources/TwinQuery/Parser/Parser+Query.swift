import IoTHub

extension Parser {
    /// A whole query, in parts.
    struct Query {
        var source: QuerySource
        var selection: QueryStatement.Selection
        var limit: Int?
        var columns: [Column]
        var condition: Expression?
        var groupPaths: [QueryPath]
    }

    /// `SELECT [TOP n] list FROM source [WHERE condition] [GROUP BY path {, path}]`.
    mutating func query() throws(QueryError) -> Query {
        try select()
        let limit = try top()
        let list = try selectList()
        collection = try from()
        if collection == .jobs, let item = list.first {
            throw fault("'*': queries on devices.jobs select whole rows only", at: item.token)
        }
        let condition: Expression? = take(.where) ? try self.condition() : nil
        let groupPaths = try groupBy(hasItems: !list.isEmpty)
        guard token.kind == .end else { throw faultAtEnd(condition != nil, !groupPaths.isEmpty) }
        let columns = try columns(list, groupPaths)
        let isGrouped = !groupPaths.isEmpty || list.contains { $0.aggregate != nil }
        return Query(
            source: collection,
            selection: list.isEmpty ? .all : isGrouped ? .groups : .projection,
            limit: limit,
            columns: columns,
            condition: condition,
            groupPaths: groupPaths
        )
    }

    private mutating func select() throws(QueryError) {
        if take(.select) { return }
        let example = "SELECT * FROM devices"
        switch token.kind {
        case .end: throw fault("a query, such as \(example)")
        case .keyword(.where): throw fault("SELECT; did you mean \(example) WHERE ...?")
        case .keyword(.from): throw fault("SELECT * before FROM")
        case .name(let name):
            if Suggestion.nearest(to: name, among: ["SELECT"]) != nil { throw fault("SELECT; did you mean 'SELECT'?") }
            if ["UPDATE", "DELETE", "INSERT", "WITH", "CREATE", "DROP"].contains(name.inCapitals) {
                throw fault("SELECT: queries only read")
            }
            throw fault("SELECT; a condition by itself is written \(example) WHERE ...")
        default: throw fault("SELECT; a condition by itself is written \(example) WHERE ...")
        }
    }

    private mutating func top() throws(QueryError) -> Int? {
        guard take(.top) else { return nil }
        guard case .number(.integer(let number)) = token.kind, number > 0, let limit = Int(exactly: number),
            source.text(token.range).unicodeScalars.allSatisfy(\.isDigit)
        else { throw fault("a whole number from 1 after TOP") }
        advance()
        return limit
    }

    private mutating func from() throws(QueryError) -> QuerySource {
        guard take(.from) else {
            switch token.kind {
            case .end: throw fault("FROM devices")
            case .keyword(.where), .keyword(.group): throw fault("FROM devices before it")
            default: throw fault("',', AS or FROM", meaning: ["FROM", "AS"])
            }
        }
        let start = token
        let all = Words.alternatives(QuerySource.allCases.map(\.rawValue))
        guard case .name(let first) = token.kind else { throw fault(all) }
        advance()
        var name = first
        if take(.dot) {
            guard case .name(let second) = token.kind else { throw fault("modules or jobs after 'devices.'") }
            advance()
            name += ".\(second)"
        }
        guard let source = QuerySource(rawValue: name.inSmallLetters) else {
            let candidates = QuerySource.allCases.map(\.rawValue)
            throw fault(
                all + Self.suggestion(for: name, among: candidates),
                found: Words.quote(name),
                at: start
            )
        }
        return source
    }

    private mutating func groupBy(hasItems: Bool) throws(QueryError) -> [QueryPath] {
        let start = token
        guard take(.group) else { return [] }
        guard take(.by) else { throw fault("BY after GROUP") }
        if collection == .jobs { throw fault("no GROUP BY in a query on devices.jobs", at: start) }
        if !hasItems {
            throw fault("the end of the query; with GROUP BY, select fields and aggregates instead of *", at: start)
        }
        var paths: [QueryPath] = []
        repeat {
            switch token.kind {
            case .name, .escapedName: paths.append(try resolve(try writtenPath()))
            default: throw fault("a field to group by")
            }
        } while take(.comma)
        return paths
    }

    private func faultAtEnd(_ hasCondition: Bool, _ isGrouped: Bool) -> QueryError {
        if isGrouped { return fault("'.', ',' or the end of the query", meaning: []) }
        if hasCondition { return faultAfterCondition("GROUP BY", "the end of the query") }
        switch token.kind {
        case .keyword(.as): return fault("WHERE, GROUP BY or the end of the query; a collection has no other name")
        case .symbol(.comma): return fault("WHERE, GROUP BY or the end of the query; a query has one collection")
        default: return fault("WHERE, GROUP BY or the end of the query", meaning: ["WHERE", "GROUP"])
        }
    }
}
