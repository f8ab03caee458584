/// Reads the tokens of a query by recursive descent, one method per rule of the grammar.
///
/// Grammar as in Azure IoT Hub documentation, "IoT Hub query language"; ranks of the operators, which the documents do
/// not give, as in SQL. Weakest first:
///
///     condition  = and { OR and }
///     and        = not { AND not }
///     not        = { NOT } comparison
///     comparison = sum [ ( = | != | <> | < | <= | > | >= ) sum | ( IN | NIN ) list ]
///     sum        = product { ( + | - ) product }
///     product    = unary { ( * | / | % ) unary }
///     unary      = { - } primary
///     primary    = constant | list | path | function ( condition { , condition } ) | ( condition )
///
/// The unary minus is not in the documents, but a negative number cannot be written otherwise.
struct Parser {
    /// What the text is, which tells what may follow a condition.
    enum Ending {
        case query
        case condition
    }

    /// The most characters of a query.
    ///
    /// Source: Azure IoT Hub documentation, "Queries for IoT Hub device and module
    /// twins". Counted as .NET counts, in UTF-16.
    static let longestText = 8_192

    /// The most levels of parentheses, functions, lists, NOT and minus.
    ///
    /// Each takes a piece of the stack. The documents have no limit; no query of a person comes near.
    static let deepestNesting = 100

    let source: SourceText
    let mode: QueryMode
    let ending: Ending
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    /// What the paths that are read belong to.
    var collection = QuerySource.devices
    /// The paths that were read.
    var references: [QueryCondition.Reference] = []

    init(_ text: String, mode: QueryMode, ending: Ending) throws(QueryError) {
        source = SourceText(text)
        self.mode = mode
        self.ending = ending
        try Self.checkLength(source)
        tokens = Lexer.tokens(of: source, mode: mode)
    }

    private static func checkLength(_ source: SourceText) throws(QueryError) {
        var units = 0
        var firstTooMany: Int?
        for (offset, scalar) in source.scalars.enumerated() {
            units += UTF16.width(scalar)
            if units > longestText, firstTooMany == nil { firstTooMany = offset }
        }
        guard let firstTooMany else { return }
        let place = source.place(of: firstTooMany)
        throw QueryError(
            line: place.line,
            column: place.column,
            found: "a text of \(units) characters",
            expected: "at most \(longestText)"
        )
    }
}

// MARK: - Going on

extension Parser {
    var token: Token { tokens[position] }

    /// The token some places on, or before; at the ends the last, or the first.
    func token(after distance: Int) -> Token { tokens[min(max(position + distance, 0), tokens.count - 1)] }

    /// Steps over the current token, but never past the last one.
    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    /// Whether the current token is this one; then it is stepped over.
    mutating func take(_ keyword: Keyword) -> Bool { take(.keyword(keyword)) }

    /// Whether the current token is this one; then it is stepped over.
    mutating func take(_ symbol: Symbol) -> Bool { take(.symbol(symbol)) }

    private mutating func take(_ kind: Token.Kind) -> Bool {
        guard token.kind == kind else { return false }
        advance()
        return true
    }

    /// Goes a level down at the current token; `leave` must follow.
    mutating func enter() throws(QueryError) {
        depth += 1
        if depth > Self.deepestNesting {
            throw fault("a flatter condition", found: "more than \(Self.deepestNesting) levels, one in another")
        }
    }

    mutating func leave() { depth -= 1 }
}

// MARK: - Faults

extension Parser {
    /// What is wrong with a token, by default the current one.
    func fault(_ expected: String, found: String? = nil, at wrong: Token? = nil) -> QueryError {
        let wrong = wrong ?? token
        if case .fault(let error) = wrong.kind { return error }
        let place = source.place(of: wrong.range.lowerBound)
        return QueryError(
            line: place.line,
            column: place.column,
            found: found ?? describe(wrong),
            expected: expected
        )
    }

    /// What is wrong with the current token, and what it was perhaps meant to be.
    func fault(_ expected: String, meaning candidates: [String]) -> QueryError {
        guard case .name(let name) = token.kind else { return fault(expected) }
        if let advice = Misspelling.advice(on: name) { return fault("\(expected): \(advice)") }
        return fault(expected + Self.suggestion(for: name, among: candidates))
    }

    private func describe(_ token: Token) -> String {
        switch token.kind {
        case .end: ending == .query ? "the end of the query" : "the end of the condition"
        case .text(let text): "the text \(Words.quote(text))"
        case .number: "the number \(Words.shortened(source.text(token.range)))"
        case .name, .escapedName, .keyword, .symbol, .fault: Words.quote(source.text(token.range))
        }
    }
}
