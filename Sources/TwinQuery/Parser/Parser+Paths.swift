import IoTHub

extension Parser {
    /// A path as written, before it is known which collection it belongs to.
    struct WrittenPath {
        /// The names, never none; without the brackets of `[[name]]`.
        var names: [(text: String, token: Token)]
        /// Where the path stands.
        var start: Token { names[0].token }
        /// The tokens before it, which tell what it was perhaps meant to be.
        var before: [Token]
    }

    /// A path of a condition, taken down in `references`.
    mutating func referencedPath() throws(QueryError) -> QueryPath {
        let written = try writtenPath()
        let path = try resolve(written)
        let place = source.place(of: written.start.range.lowerBound)
        references.append(QueryCondition.Reference(path: path, line: place.line, column: place.column))
        return path
    }

    /// Names with dots between them.
    mutating func writtenPath() throws(QueryError) -> WrittenPath {
        let before = [token(after: -2), token(after: -1)]
        var names = [try pathName()]
        while take(.dot) { names.append(try pathName()) }
        return WrittenPath(names: names, before: before)
    }

    private mutating func pathName() throws(QueryError) -> (text: String, token: Token) {
        switch token.kind {
        case .name(let text), .escapedName(let text):
            defer { advance() }
            return (text, token)
        case .keyword:
            let word = source.text(token.range)
            throw fault("a name; the reserved word is written [[\(word)]] where it is a name")
        default: throw fault("a name after '.'")
        }
    }
}
