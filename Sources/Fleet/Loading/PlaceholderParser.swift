import IoTHub

/// Takes a text with placeholders apart; `{{` and `}}` stand for the braces themselves.
struct PlaceholderParser {
    /// Where a text stands, which decides what may stand in it.
    enum Place {
        case id
        case tag
        case file
        case desired

        /// The placeholders that work here, as a user writes them.
        var forms: [String] {
            switch self {
            case .id, .tag: ["{index}", "{index:04}", "{index%4}"]
            case .file: ["{id}", "{index}", "{index:04}", "{index%4}"]
            case .desired: ["{index}", "{index:04}", "{index%4}", "{random:1..60}", "{change}", "{id}"]
            }
        }

        var names: [String] {
            switch self {
            case .id, .tag: ["index"]
            case .file: ["id", "index"]
            case .desired: ["index", "random", "change", "id"]
            }
        }
    }

    let place: Place
    private var segments: [TextTemplate.Segment] = []
    private var literal = ""
    private var faults: [Fault] = []

    /// The text taken apart, and what is wrong with its placeholders.
    static func parse(_ text: String, place: Place) -> (TextTemplate, [Fault]) {
        var parser = PlaceholderParser(place: place)
        parser.parse(text)
        return (TextTemplate(segments: parser.segments), parser.faults)
    }

    private init(place: Place) { self.place = place }

    private mutating func parse(_ text: String) {
        var rest = text[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            literal += rest[..<brace]
            let after = rest[rest.index(after: brace)...]
            if after.first == rest[brace] {
                literal.append(rest[brace])
                rest = after.dropFirst()
            } else if rest[brace] == "}" {
                faults.append(Fault("'}' without a '{' before it", expected: "'}}' for the brace itself"))
                rest = after
            } else if let end = after.firstIndex(where: { $0 == "{" || $0 == "}" }), after[end] == "}" {
                placeholder(String(after[..<end]))
                rest = after[after.index(after: end)...]
            } else {
                faults.append(
                    Fault("'{' without a '}' after it", expected: "a placeholder, or '{{' for the brace itself")
                )
                rest = after
            }
        }
        literal += rest
        flush()
        if segments.isEmpty { segments = [.literal("")] }
    }

    private mutating func flush() {
        guard !literal.isEmpty else { return }
        segments.append(.literal(literal))
        literal = ""
    }

    private mutating func placeholder(_ text: String) {
        let name = String(text.prefix { $0 != ":" && $0 != "%" })
        let argument = text.dropFirst(name.count)
        do throws(Fault) {
            let segment = try segment(name, argument, whole: text)
            flush()
            segments.append(segment)
        } catch {
            faults.append(error)
        }
    }

    private func segment(
        _ name: String,
        _ argument: Substring,
        whole: String
    ) throws(Fault) -> TextTemplate.Segment {
        guard place.names.contains(name) else {
            let found = "the placeholder \(Words.quote("{\(whole)}"))"
            if Place.desired.names.contains(name) {
                throw Fault(found, expected: "\(Words.anyOf(place.forms)): {\(name)…} works in desired properties only")
            }
            let trimmed = name.filter { !$0.isWhitespace }
            let rest = argument.filter { !$0.isWhitespace }
            throw Fault(
                found,
                expected: "\(Words.anyOf(place.forms)), or '{{' for a brace",
                suggestion: Suggestion.nearest(to: trimmed, among: place.names).map { "{\($0)\(rest)}" }
            )
        }
        switch name {
        case "index": return try index(argument, whole)
        case "random": return try RandomRange.parse(argument, whole)
        default:
            guard argument.isEmpty else {
                throw Fault("the placeholder \(Words.quote("{\(whole)}"))", expected: "{\(name)} alone")
            }
            return name == "id" ? .id : .change
        }
    }

    private func index(_ argument: Substring, _ whole: String) throws(Fault) -> TextTemplate.Segment {
        let found = "the placeholder \(Words.quote("{\(whole)}"))"
        var rest = argument
        var modulus: UInt64?
        if rest.first == "%" {
            rest.removeFirst()
            let digits = rest.prefix { $0 != ":" }
            rest = rest[digits.endIndex...]
            guard let number = DecimalText(digits), number.decimals == 0, number.digits > 0 else {
                throw Fault(found, expected: "a whole number above 0 after %, as in {index%4}")
            }
            modulus = number.digits.magnitude
        }
        guard rest.first == ":" else { return .index(modulus: modulus, width: 0) }
        let digits = rest.dropFirst()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let width = Int(digits), (1...20).contains(width) else {
            throw Fault(found, expected: "a width from 01 to 020 after ':', as in {index:04}")
        }
        guard digits.first == "0" else {
            throw Fault(
                found,
                expected: "a zero before the width",
                suggestion: "{index\(argument.prefix { $0 != ":" }):0\(digits)}"
            )
        }
        return .index(modulus: modulus, width: width)
    }
}
