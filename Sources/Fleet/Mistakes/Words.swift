import IoTHub

/// How values and numbers read in a message.
enum Words {
    /// A text in quotes on one line, shortened when it is long.
    static func quote(_ text: some StringProtocol) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar {
            case "\n": shown += "\\n"
            case "\t": shown += "\\t"
            default:
                if scalar.properties.generalCategory == .control {
                    shown += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    shown.unicodeScalars.append(scalar)
                }
            }
        }
        return "'\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")'"
    }

    /// What stands at a place, such as "a mapping", "the number 42", "'fast'".
    static func describe(_ node: YAMLNode) -> String {
        switch node.content {
        case .mapping(let entries): return entries.isEmpty ? "an empty mapping" : "a mapping"
        case .sequence(let nodes): return nodes.isEmpty ? "an empty list" : "a list"
        case .scalar(let scalar):
            let raw = scalar.raw
            guard scalar.isPlain, let value = try? CoreSchema.value(of: raw) else { return quote(raw) }
            switch value {
            case .null: return raw.isEmpty ? "nothing" : raw
            case .bool: return raw
            case .integer, .double: return "the number \(raw)"
            case .string, .array, .object: return quote(raw)
            }
        }
    }

    /// Whether a value has `${NAME}` in it.
    static func namesVariable(_ node: YAMLNode) -> Bool {
        guard case .scalar(let scalar) = node.content else { return false }
        return scalar.marked.unicodeScalars.contains(VariableMarks.opening)
    }

    /// Whether a value, or one within it, has `${NAME}` in it, so that what comes of it must not be shown.
    static func isPrivate(_ node: YAMLNode) -> Bool {
        switch node.content {
        case .scalar: namesVariable(node)
        case .sequence(let nodes): nodes.contains(where: isPrivate)
        case .mapping(let entries): entries.contains { isPrivate($0.value) }
        }
    }

    /// A whole number with commas between thousands.
    static func number(_ value: some BinaryInteger) -> String { CountText.of(value) }

    /// "a", "a or b", "a, b or c".
    static func anyOf(_ names: [String]) -> String {
        guard let last = names.last else { return "nothing" }
        return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " or " + last
    }
}
