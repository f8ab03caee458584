import IoTHub

extension Parser {
    /// `name(argument, ...)`.
    mutating func call() throws(QueryError) -> Expression {
        let start = token
        let function = try function()
        try enter()
        defer { leave() }
        advance()
        advance()
        var arguments: [Expression] = []
        if token.kind != .symbol(.rightParenthesis) {
            repeat { arguments.append(try condition()) } while take(.comma)
        }
        guard token.kind == .symbol(.rightParenthesis) else { throw faultAfterCondition("','", "')'") }
        guard function.arguments.contains(arguments.count) else {
            throw fault(
                "\(function.rawValue) with \(function.countOfArguments)",
                found: "\(arguments.count) \(arguments.count == 1 ? "argument" : "arguments")",
                at: start
            )
        }
        advance()
        return .call(function, arguments)
    }

    /// The function that the current token names.
    private func function() throws(QueryError) -> QueryFunction {
        let name = source.text(token.range)
        let known = QueryFunction.known(in: mode)
        let names = known.map(\.rawValue)
        guard let function = QueryFunction(rawValue: name.inCapitals) else {
            if let advice = Misspelling.advice(on: name) { throw fault("a function of the language: \(advice)") }
            if Aggregate(rawValue: name.inCapitals) != nil {
                throw fault("no aggregate here; aggregates stand after SELECT")
            }
            let suggestion = Self.suggestion(for: name, among: names)
            throw fault(Words.alternatives(mode == .strict ? names : ["a function of the language"]) + suggestion)
        }
        if known.contains(function) { return function }
        let instead = function.strictSpelling.map { "; write \($0.rawValue)" } ?? ""
        throw fault(
            "\(Words.alternatives(names)): a real IoT hub does not have \(function.rawValue) in twin queries\(instead)"
        )
    }
}

extension QueryFunction {
    /// `1 argument`, `2 or 3 arguments`, as a message says it.
    fileprivate var countOfArguments: String {
        switch arguments {
        case 1...1: "1 argument"
        case let count where count.upperBound == .max: "at least \(count.lowerBound) arguments"
        case let count where count.lowerBound == count.upperBound: "\(count.lowerBound) arguments"
        case let count: "\(count.lowerBound) or \(count.upperBound) arguments"
        }
    }
}
