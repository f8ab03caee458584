import IoTHub

/// Reads single values; nil always means that a mistake was told.
struct ScalarReader {
    let mistakes: Mistakes
    let variables: Variables

    /// A text after `${NAME}` was replaced, whatever its type.
    func expanded(_ node: YAMLNode, expected: String) -> ExpandedText? {
        guard case .scalar(let scalar) = node.content else {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
        let (text, faults) = variables.expand(scalar)
        for fault in faults { mistakes.add(fault.at(node.position)) }
        return faults.isEmpty ? text : nil
    }

    /// A text: in quotes, or something that YAML does not take for a number, a truth value or nothing.
    func text(_ node: YAMLNode, expected: String) -> ExpandedText? {
        guard let text = expanded(node, expected: expected) else { return nil }
        if case .scalar(let scalar) = node.content, scalar.isPlain, !Words.namesVariable(node) {
            let value = try? CoreSchema.value(of: text.text)
            guard let value, case .string = value else {
                let advice = value?.isNull == true ? "" : ", in quotes: \"\(text.text)\""
                mistakes.add(Fault(expected: expected + advice), at: node)
                return nil
            }
        }
        guard !text.text.isEmpty else {
            let found = Words.namesVariable(node) ? nil : "an empty text"
            mistakes.add(Fault(found, expected: expected), at: node)
            return nil
        }
        return text
    }

    /// The name of a file; what the file should hold is refused, for it may be a key.
    func fileName(_ node: YAMLNode, expected: String) -> ExpandedText? {
        guard let text = text(node, expected: expected) else { return nil }
        guard !text.text.contains("-----BEGIN ") else {
            mistakes.add(Fault("the text of a PEM file", expected: expected).at(node.position))
            return nil
        }
        return text
    }

    /// A text that must not stand in the file itself; the source says where it may come from.
    func secret(_ node: YAMLNode, from source: String) -> String? {
        if case .scalar(let scalar) = node.content, !scalar.marked.isEmpty, !Words.namesVariable(node) {
            mistakes.add(Fault("a secret in the fleet file", expected: source).at(node.position))
            return nil
        }
        return text(node, expected: source)?.text
    }

    /// A whole number in a range.
    func integer(_ node: YAMLNode, _ range: ClosedRange<Int>, expected: String) -> Int? {
        guard case .scalar(let scalar) = node.content else {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
        guard let text = expanded(node, expected: expected) else { return nil }
        guard scalar.isPlain, case .integer(let number) = try? CoreSchema.value(of: text.text),
            let number = Int(exactly: number), range.contains(number)
        else {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
        return number
    }

    /// A value with syntax of its own, such as a duration.
    func parsed<Value>(
        _ node: YAMLNode,
        expected: String,
        _ parse: (String) throws(Fault) -> Value
    ) -> Value? {
        guard let text = expanded(node, expected: expected) else { return nil }
        do throws(Fault) {
            return try parse(text.text)
        } catch {
            mistakes.add(error, at: node)
            return nil
        }
    }

    /// One of a few names.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: YAMLNode,
        _ type: Choice.Type,
        what: String
    ) -> Choice? where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        guard let text = expanded(node, expected: what + ": " + Words.anyOf(names)) else { return nil }
        if let choice = Choice(rawValue: text.text) { return choice }
        mistakes.add(
            Fault(
                expected: what + ": " + Words.anyOf(names),
                suggestion: Suggestion.nearest(to: text.text, among: names)
            ),
            at: node
        )
        return nil
    }
}
