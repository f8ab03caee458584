import IoTHub

extension Parser {
    /// Finds what a written path means in the collection of the query.
    func resolve(_ written: WrittenPath) throws(QueryError) -> QueryPath {
        var rest = written.names[...]
        try dropPrefix(&rest)
        var names: [String] = []
        var field = SystemField.object(SystemField.fields(of: collection))
        for (index, name) in rest.enumerated() {
            switch field {
            case .open: names.append(name.text)
            case .value:
                throw fault("nothing after '\(names.joined(separator: "."))', which has no fields", at: name.token)
            case .object(let members):
                let alias = index == 0 && collection == .jobs ? SystemField.aliases[name.text.inSmallLetters] : nil
                let wanted = alias ?? name.text
                let found = members.first { member in
                    index == 0 ? member.name.inSmallLetters == wanted.inSmallLetters : member.name == wanted
                }
                guard let found else {
                    if index == 0 { throw faultAboutRoot(name.text, at: name.token, written) }
                    let prefix = names.joined(separator: ".") + "."
                    throw fault(
                        Words.alternatives(members.map { "'\(prefix)\($0.name)'" })
                            + Self.suggestion(for: name.text, among: members.map(\.name)),
                        at: name.token
                    )
                }
                names.append(found.name)
                field = found.field
            }
        }
        return QueryPath(names: names)
    }

    /// Takes the name of the collection away from the front: `devices.deviceId`, `devices.jobs.status`.
    private func dropPrefix(_ names: inout ArraySlice<(text: String, token: Token)>) throws(QueryError) {
        guard names.count > 1, names.first?.text.inSmallLetters == "devices" else { return }
        names.removeFirst()
        guard let name = names.first, let source = QuerySource(rawValue: "devices.\(name.text.inSmallLetters)") else {
            return
        }
        guard source == collection else {
            throw fault("a field of \(collection.rawValue), which is what the query is about", at: name.token)
        }
        names.removeFirst()
        if names.isEmpty { throw fault("a field after '\(source.rawValue).'", at: name.token) }
    }

    /// A first name that no row has.
    private func faultAboutRoot(_ name: String, at token: Token, _ written: WrittenPath) -> QueryError {
        let fields = SystemField.fields(of: collection).map(\.name)
        if written.names.count == 1, let advice = Misspelling.advice(on: name) {
            return fault("a value, a field or a function: \(advice)", at: token)
        }
        if isAfterHyphen(token, written.before) {
            return fault("an operand; a name with '-' in it is written in brackets, [[...]]", at: token)
        }
        if written.names.count == 1, written.before.last?.kind.isComparison == true {
            return fault("a value or a field; a text stands in quotes, '\(Words.shortened(name))'", at: token)
        }
        if collection == .jobs {
            let suggestion = Self.suggestion(for: name, among: fields)
            return fault("a field of a job: \(Words.alternatives(fields))\(suggestion)", at: token)
        }
        let what = "a field of a twin"
        // These first: 'tag' is as near to 'etag'.
        if let nearest = Suggestion.nearest(to: name, among: ["tags", "properties"] + fields) {
            return fault("\(what); did you mean '\(nearest)'?", at: token)
        }
        let path = Words.shortened(written.names.map(\.text).joined(separator: "."))
        return switch name.inSmallLetters {
        case "desired", "reported": fault("\(what); did you mean 'properties.\(path)'?", at: token)
        default:
            fault(
                "\(what), such as deviceId or status, or 'tags.\(path)', 'properties.desired.\(path)' or"
                    + " 'properties.reported.\(path)'",
                at: token
            )
        }
    }

    /// Whether a token follows a name and a hyphen without any space, as in `tags.my-name`.
    private func isAfterHyphen(_ token: Token, _ before: [Token]) -> Bool {
        guard before.count == 2, before[1].kind == .symbol(.minus),
            before[1].range.upperBound == token.range.lowerBound,
            before[0].range.upperBound == before[1].range.lowerBound
        else { return false }
        if case .name = before[0].kind { return true }
        return false
    }
}

extension Token.Kind {
    /// Whether an operand of a comparison may follow.
    fileprivate var isComparison: Bool {
        switch self {
        case .symbol(.equal), .symbol(.notEqual), .symbol(.lessOrGreater), .symbol(.less), .symbol(.lessOrEqual),
            .symbol(.greater), .symbol(.greaterOrEqual):
            true
        default: false
        }
    }
}
