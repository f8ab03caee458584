import IoTHub

extension Parser {
    /// A part of the list after SELECT.
    ///
    /// Its path waits for FROM to say which fields there are.
    struct Item {
        var token: Token
        var aggregate: Aggregate?
        /// Nil for COUNT.
        var path: WrittenPath?
        var alias: String?
    }

    /// What stands between SELECT and FROM; nothing for `*`.
    mutating func selectList() throws(QueryError) -> [Item] {
        if take(.star) {
            if token.kind == .symbol(.comma) { throw fault("FROM; '*' stands alone") }
            return []
        }
        var items: [Item] = []
        repeat { items.append(try item()) } while take(.comma)
        return items
    }

    private mutating func item() throws(QueryError) -> Item {
        let start = token
        var item = Item(token: start)
        switch token.kind {
        case .name(let name) where token(after: 1).kind == .symbol(.leftParenthesis):
            item.aggregate = try aggregate(name)
            advance()
            item.path = try argument(of: item.aggregate)
            guard take(.rightParenthesis) else { throw fault("')'") }
        case .name, .escapedName: item.path = try writtenPath()
        case .keyword(.from): throw fault("'*', a field or an aggregate such as COUNT() before FROM")
        default: throw fault("'*', a field or an aggregate such as COUNT()")
        }
        if let path = item.path, path.names.count == 1, item.aggregate == nil, case .name = token.kind,
            let advice = Misspelling.advice(on: path.names[0].text)
        {
            throw fault("a field or an aggregate: \(advice)", at: start)
        }
        if take(.as) { item.alias = try alias() }
        return item
    }

    private mutating func aggregate(_ name: String) throws(QueryError) -> Aggregate {
        guard let aggregate = Aggregate(rawValue: name.inCapitals) else {
            let names = Aggregate.allCases.map(\.rawValue)
            let isFunction = QueryFunction(rawValue: name.inCapitals) != nil
            throw fault(
                Words.alternatives(names)
                    + (isFunction
                        ? "; functions stand in conditions only" : Self.suggestion(for: name, among: names))
            )
        }
        advance()
        return aggregate
    }

    private mutating func argument(of aggregate: Aggregate?) throws(QueryError) -> WrittenPath? {
        if aggregate == .count {
            guard token.kind == .symbol(.rightParenthesis) else {
                throw fault("COUNT(): it counts rows and takes no argument")
            }
            return nil
        }
        switch token.kind {
        case .name, .escapedName: return try writtenPath()
        default: throw fault("a field, such as properties.reported.temperature")
        }
    }

    private mutating func alias() throws(QueryError) -> String {
        switch token.kind {
        case .name(let name), .escapedName(let name):
            advance()
            return name
        case .keyword:
            let word = source.text(token.range)
            throw fault("a name after AS; the reserved word is written [[\(word)]] where it is a name")
        case .text: throw fault("a name after AS, without quotes")
        default: throw fault("a name after AS")
        }
    }

    /// The columns of the result, now that all is known about them.
    func columns(_ items: [Item], _ groupPaths: [QueryPath]) throws(QueryError) -> [Column] {
        let isGrouped = !groupPaths.isEmpty || items.contains { $0.aggregate != nil }
        var columns: [Column] = []
        for item in items {
            let path: QueryPath?
            if let written = item.path { path = try resolve(written) } else { path = nil }
            let column = Column(
                name: item.alias ?? item.aggregate?.rawValue.inSmallLetters ?? path?.names.last ?? "",
                content: try content(item, path, isGrouped ? groupPaths : nil)
            )
            if columns.contains(where: { $0.name == column.name }) {
                throw fault(
                    "another name for it, with AS",
                    found: "a second column with the name \(Words.quote(column.name))",
                    at: item.token
                )
            }
            columns.append(column)
        }
        return columns
    }

    /// What an item becomes; `groupPaths` is nil when the rows stay as many as they are.
    private func content(
        _ item: Item,
        _ path: QueryPath?,
        _ groupPaths: [QueryPath]?
    ) throws(QueryError) -> Column.Content {
        if let aggregate = item.aggregate { return .aggregate(aggregate, path) }
        guard let path else { throw fault("a field", at: item.token) }
        guard let groupPaths else { return .path(path) }
        guard let index = groupPaths.firstIndex(of: path) else {
            let path = Words.shortened(path.description)
            throw fault("an aggregate, or GROUP BY \(path) at the end of the query", at: item.token)
        }
        return .key(index)
    }
}
