import TwinQuery

/// A condition of the file before it is known which devices there are.
struct ConditionTemplate {
    var condition: DeviceCondition
    var node: YAMLNode
}

/// Reads `to:` of a workload item and the items of `queries:`.
struct ConditionReader {
    static let expectation = "a twin query's condition, such as tags.location.plant = 'Redmond43'"

    let scalars: ScalarReader

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> ConditionTemplate? {
        guard let text = scalars.expanded(node, expected: Self.expectation)?.text,
            case .scalar(let scalar) = node.content
        else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            scalars.mistakes.add(Fault(expected: Self.expectation), at: node)
            return nil
        }
        do throws(QueryError) {
            return ConditionTemplate(condition: try DeviceCondition(parsing: text, writtenAs: scalar.raw), node: node)
        } catch {
            let place = ConditionPlace(node: node, line: error.line, column: error.column)
            scalars.mistakes.add(place.placed(Fault(error.found, expected: error.expected)))
            return nil
        }
    }
}

/// A place within the text of a condition.
struct ConditionPlace {
    let node: YAMLNode
    /// Line and column in the text, both from 1.
    let line: Int
    let column: Int

    /// A fault at its place in the file; where the file has the text in another form, at the text's place and with the
    /// rest of the way in words.
    func placed(_ fault: Fault) -> Fault.Placed {
        var fault = fault
        if Words.namesVariable(node) {
            // What stands in the environment is not told, so neither is what the condition makes of it.
            return Fault(
                "\(Words.describe(node)), no condition with what the environment says (\(words))",
                expected: ConditionReader.expectation
            ).at(node.position)
        }
        fault.found = fault.found.map(Self.oneLine)
        fault.expected = Self.oneLine(fault.expected)
        if case .scalar(let scalar) = node.content, let start = scalar.literalStart, line == 1 {
            return fault.at(start.line, start.column + max(column, 1) - 1)
        }
        fault.found = "\(fault.found ?? "a fault") in \(words)"
        return fault.at(node.position)
    }

    private var words: String { "line \(line), column \(column) of the condition" }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
