/// Cuts the text of a query into tokens.
struct Lexer {
    let source: SourceText
    let mode: QueryMode
    private(set) var offset = 0

    init(_ source: SourceText, mode: QueryMode) {
        self.source = source
        self.mode = mode
    }

    /// All tokens; the last one is `end`, or a fault with nothing behind it.
    static func tokens(of source: SourceText, mode: QueryMode) -> [Token] {
        var lexer = Lexer(source, mode: mode)
        var tokens: [Token] = []
        while true {
            lexer.skipSpace()
            let start = lexer.offset
            do throws(QueryError) {
                let kind = try lexer.next()
                tokens.append(Token(kind: kind, range: start..<lexer.offset))
                if kind == .end { return tokens }
            } catch {
                tokens.append(Token(kind: .fault(error), range: start..<max(start, lexer.offset)))
                return tokens
            }
        }
    }

    private mutating func next() throws(QueryError) -> Token.Kind {
        guard let scalar = source[offset] else { return .end }
        if scalar == "'" || scalar == "\"" { return .text(try text(quote: scalar)) }
        if scalar.isDigit { return .number(try number()) }
        if scalar == "[", source[offset + 1] == "[" { return .escapedName(try escapedName()) }
        if scalar.startsName { return name() }
        return .symbol(try symbol())
    }

    private mutating func skipSpace() {
        while let scalar = source[offset], scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
            advance()
        }
    }

    private mutating func name() -> Token.Kind {
        let start = offset
        while let scalar = source[offset], scalar.continuesName { advance() }
        let text = source.text(start..<offset)
        return Keyword(rawValue: text.inCapitals).map(Token.Kind.keyword) ?? .name(text)
    }

    /// `[[name]]`; the name is taken as it stands, spaces and dots too: ids of configurations may have them.
    private mutating func escapedName() throws(QueryError) -> String {
        let start = offset
        advance(by: 2)
        while let scalar = source[offset] {
            if scalar == "]", source[offset + 1] == "]" {
                let name = source.text(start + 2..<offset)
                advance(by: 2)
                if name.isEmpty { throw fault("'[[]]'", expected: "a name between '[[' and ']]'", at: start) }
                return name
            }
            advance()
        }
        throw fault(
            "'[[' without ']]'",
            expected: "']]' after the name; a list in a list is written with a space, '[ ['",
            at: start
        )
    }

    private mutating func symbol() throws(QueryError) -> Symbol {
        for length in [2, 1] where offset + length <= source.scalars.count {
            let text = source.text(offset..<offset + length)
            if length == 2, let meant = Misspelling.operators[text] {
                throw fault("'\(text)'", expected: "an operator; did you mean '\(meant)'?", at: offset)
            }
            if let symbol = Symbol(rawValue: text) {
                advance(by: length)
                return symbol
            }
        }
        let character = source.text(offset..<offset + 1)
        throw fault(
            Words.quote(character),
            expected: Misspelling.characters[character]
                ?? "a name, a value or an operator; a name with other characters than letters, digits, '_' and '$'"
                + " is written [[name]]",
            at: offset
        )
    }

    mutating func advance(by count: Int = 1) { offset += count }

    func fault(_ found: String, expected: String, at offset: Int) -> QueryError {
        let place = source.place(of: offset)
        return QueryError(line: place.line, column: place.column, found: found, expected: expected)
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }

    var isHexDigit: Bool { isDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }

    /// Whether a name without `[[ ]]` may begin so.
    ///
    /// The documents do not say which names need the brackets beside reserved words. `$` stands in `$version` and
    /// `$metadata`; letters of all languages are allowed in names of tags and properties.
    var startsName: Bool { properties.isAlphabetic || self == "_" || self == "$" }

    var continuesName: Bool { startsName || isDigit || properties.generalCategory == .nonspacingMark }
}
