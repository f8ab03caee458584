import IoTHub

/// Random conditions, and random rows for them, drawn from a few names and values so that they meet.
struct RandomQuery<Generator: RandomNumberGenerator> {
    var generator: Generator
    var isSuperset: Bool

    private static var texts: [String] { ["", "a", "b", "ab", "B", "é", "e\u{301}", "😀", "\u{FFFD}", "it's", "a\\b"] }

    private static var numbers: [JSON] {
        [
            0, 1, -1, 2, 3, 7, .integer(.max), .integer(.min), 9_007_199_254_740_993, 9_007_199_254_740_992, 0.5, -0.5,
            1.0, 2.5, 9_007_199_254_740_992.0, 9_223_372_036_854_775_808.0, -9_223_372_036_854_775_808.0,
        ]
    }

    private static var paths: [String] {
        [
            "deviceId", "status", "version", "tags.a", "tags.b", "tags.c.d", "tags.[[group]]", "tags", "tags.c",
            "properties.desired.a", "properties.reported.b", "properties.reported.a.b",
        ]
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &generator)]
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    // MARK: Rows

    mutating func row() -> JSON {
        var tags = JSONObject()
        for name in ["a", "b", "group"] where chance(80) { tags[name] = value() }
        if chance(70) { tags["c"] = ["d": value()] }
        var row: JSONObject = ["deviceId": .string(pick(Self.texts)), "version": pick(Self.numbers)]
        if chance(80) { row["status"] = chance(50) ? "a" : "b" }
        if chance(90) { row["tags"] = .object(tags) }
        row["properties"] = ["desired": ["a": value()], "reported": ["b": value(), "a": ["b": value()]]]
        return .object(row)
    }

    private mutating func value() -> JSON {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: .null
        case 1: .bool(chance(50))
        case 2...5: pick(Self.numbers)
        case 6...8: .string(pick(Self.texts))
        default: chance(50) ? ["x": 1] : [1, "a"]
        }
    }

    // MARK: Texts

    /// A condition of some levels.
    mutating func condition(_ depth: Int) -> String {
        if depth == 0 { return chance(70) ? comparison(0) : pick(["true", "FALSE", "tags.a", "undefined", "null"]) }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1: return "\(condition(depth - 1)) \(cased("AND")) \(condition(depth - 1))"
        case 2, 3: return "\(condition(depth - 1)) \(space())\(cased("or")) \(condition(depth - 1))"
        case 4: return "\(cased("not")) \(condition(depth - 1))"
        case 5: return "(\(space())\(condition(depth - 1))\(space()))"
        case 6: return function(depth)
        default: return comparison(depth - 1)
        }
    }

    private mutating func comparison(_ depth: Int) -> String {
        let left = operand(depth)
        if chance(20) {
            let values = (0...Int.random(in: 0...3, using: &generator)).map { _ in constant() }
            return "\(left) \(cased(pick(["IN", "NIN"]))) [\(space())\(values.joined(separator: ", "))\(space())]"
        }
        let mark = pick(["=", "!=", "<>", "<", "<=", ">", ">="])
        // Two values at random are of one type too seldom.
        if chance(40) {
            let path = pick(["version", "status", "DeviceID", "Properties.desired.a"])
            return "\(path) \(mark) \(path == "version" ? number() : text())"
        }
        return "\(left)\(space())\(mark)\(space())\(operand(depth))"
    }

    /// Something to compare or to calculate with.
    private mutating func operand(_ depth: Int) -> String {
        if depth <= 0 { return chance(55) ? pick(Self.paths) : constant() }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...3: return "\(operand(depth - 1)) \(pick(["+", "-", "*", "/", "%"])) \(operand(depth - 1))"
        case 4: return "(\(condition(depth - 1)))"
        case 5: return "-\(space())\(operand(0))"
        case 6: return function(depth)
        default: return operand(0)
        }
    }

    private mutating func function(_ depth: Int) -> String {
        let one = ["IS_DEFINED"]
        let two = ["STARTSWITH", "ENDSWITH"]
        let oneMore = [
            "IS_BOOL", "IS_NUMBER", "IS_STRING", "IS_NULL", "IS_OBJECT", "IS_ARRAY", "IS_PRIMITIVE", "ABS", "SIGN",
            "CEILING", "FLOOR", "SQUARE", "SQRT", "LENGTH", "UPPER", "LOWER",
        ]
        let twoMore = ["STARTS_WITH", "ENDS_WITH", "CONTAINS", "INDEX_OF", "CONCAT", "SUBSTRING"]
        if chance(50) { return "\(cased(pick(isSuperset ? one + oneMore : one)))(\(operand(depth - 1)))" }
        let name = pick(isSuperset ? two + twoMore : two)
        let third = name == "SUBSTRING" && chance(50) ? ", \(operand(depth - 1))" : ""
        return "\(cased(name))\(space())(\(operand(depth - 1)), \(operand(depth - 1))\(third))"
    }

    private mutating func constant() -> String {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: pick(["true", "FALSE", "null", "undefined", "Null"])
        case 1...5: number()
        default: text()
        }
    }

    private mutating func number() -> String {
        switch pick(Self.numbers) {
        case .integer(.min), .double:
            pick(["0.5", "1.0", "2.5", "9007199254740992.0", "-0.5", "0x7", "0xff", "0x0"])
        case let number: number.text
        }
    }

    private mutating func text() -> String {
        let text = pick(Self.texts).replacing("\\", with: "\\\\")
        return chance(50)
            ? "'\(text.replacing("'", with: "\\'"))'" : "\"\(text.replacing("a", with: "\\u0061"))\""
    }

    private mutating func space() -> String { pick(["", "", " ", "  ", "\n", "\t"]) }

    private mutating func cased(_ word: String) -> String { chance(70) ? word : word.lowercased() }
}
