import IoTHub

/// Judges a value by a JSON Schema: the part of draft 2020-12 that `fleet.schema.json` uses.
struct SchemaChecker {
    /// A schema that says something this checker does not know.
    struct UnknownKeyword: Error {
        var name: String
    }

    let root: JSON

    private static let annotations: Set<String> = ["$schema", "$defs", "title", "description", "default", "examples"]

    /// What is wrong, as paths with reasons; empty when the value is good.
    func faults(in value: JSON) throws -> [String] { try faults(value, root, "") }

    private func faults(_ value: JSON, _ schema: JSON, _ path: String) throws -> [String] {
        if case .bool(let isGood) = schema { return isGood ? [] : ["\(path): not allowed"] }
        var found: [String] = []
        for (keyword, rule) in schema.objectValue ?? [:] where !Self.annotations.contains(keyword) {
            if let problem = try check(value, keyword, rule, schema, path) { found += problem }
        }
        return found
    }

    /// Nil when the keyword is content.
    private func check(
        _ value: JSON,
        _ keyword: String,
        _ rule: JSON,
        _ schema: JSON,
        _ path: String
    ) throws -> [String]? {
        func isGood(_ schema: JSON) throws -> Bool { try faults(value, schema, path).isEmpty }
        func fault(unless condition: Bool) -> [String]? { condition ? nil : ["\(path): \(keyword) \(rule.text)"] }
        switch keyword {
        case "$ref": return try faults(value, resolve(rule), path)
        case "type": return fault(unless: Self.isOfType(value, rule.stringValue ?? ""))
        case "enum": return fault(unless: rule.arrayValue?.contains(value) == true)
        case "const": return fault(unless: value == rule)
        case "anyOf": return fault(unless: try (rule.arrayValue ?? []).contains { try isGood($0) })
        case "oneOf": return fault(unless: try (rule.arrayValue ?? []).count { try isGood($0) } == 1)
        case "allOf": return try (rule.arrayValue ?? []).flatMap { try faults(value, $0, path) }
        case "not": return fault(unless: try !isGood(rule))
        case "minimum": return fault(unless: Self.number(value).map { $0 >= Self.number(rule) ?? 0 } ?? true)
        case "maximum": return fault(unless: Self.number(value).map { $0 <= Self.number(rule) ?? 0 } ?? true)
        case "pattern":
            guard let text = value.stringValue, let pattern = rule.stringValue else { return nil }
            return fault(unless: try Regex(pattern).firstMatch(in: text) != nil)
        case "minLength", "maxLength":
            guard let text = value.stringValue, let limit = rule.integerValue else { return nil }
            let length = text.unicodeScalars.count
            return fault(unless: keyword == "minLength" ? length >= limit : length <= limit)
        case "minItems": return fault(unless: (value.arrayValue?.count ?? .max) >= rule.integerValue ?? 0)
        case "maxItems": return fault(unless: (value.arrayValue?.count ?? 0) <= rule.integerValue ?? 0)
        case "maxProperties": return fault(unless: (value.objectValue?.count ?? 0) <= rule.integerValue ?? 0)
        case "minProperties": return fault(unless: (value.objectValue?.count ?? .max) >= rule.integerValue ?? 0)
        case "items": return try value.arrayValue?.enumerated().flatMap { try faults($1, rule, "\(path)/\($0)") }
        case "required":
            guard let object = value.objectValue else { return nil }
            return (rule.arrayValue ?? []).compactMap(\.stringValue).filter { object[$0] == nil }
                .map { "\(path): no \($0)" }
        case "propertyNames":
            return try value.objectValue?.keys.flatMap { try faults(.string($0), rule, "\(path)/\($0)") }
        case "properties":
            return try value.objectValue?.flatMap { key, value in
                try rule[key].map { try faults(value, $0, "\(path)/\(key)") } ?? []
            }
        case "additionalProperties":
            return try value.objectValue?.filter { schema["properties"]?[$0.key] == nil }
                .flatMap { try faults($0.value, rule, "\(path)/\($0.key)") }
        default: throw UnknownKeyword(name: keyword)
        }
    }

    private func resolve(_ reference: JSON) throws -> JSON {
        let parts = (reference.stringValue ?? "").split(separator: "/").dropFirst()
        var schema = root
        for part in parts {
            guard let next = schema[String(part)] else { throw UnknownKeyword(name: reference.text) }
            schema = next
        }
        return schema
    }

    private static func isOfType(_ value: JSON, _ type: String) -> Bool {
        if case .integer = value { return type == "integer" || type == "number" }
        return type == value.kind
    }

    private static func number(_ value: JSON) -> Double? { value.doubleValue }
}
