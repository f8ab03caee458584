import IoTHub

/// Reads tags and desired properties into templates, and holds them to the limits of a twin.
struct TemplateReader {
    let scalars: ScalarReader
    let place: PlaceholderParser.Place
    /// The greatest `{index}`, and so the longest.
    let greatestIndex: Int

    private var mistakes: Mistakes { scalars.mistakes }

    /// Reads a section.
    /// - Parameters:
    ///   - node: the mapping.
    ///   - path: what messages call it: `tags`, `desired`.
    ///   - limit: bytes that the section may count.
    /// - Returns: nil when a mistake was told.
    func read(_ node: YAMLNode, path: String, limit: Int) -> DesiredTemplate? {
        guard case .mapping(let entries) = node.content else {
            mistakes.add(Fault(expected: "\(path) as a mapping, such as { name: value }"), at: node)
            return nil
        }
        let before = mistakes.count
        let members = members(entries, path: path, level: 0)
        guard mistakes.count == before else { return nil }
        let size = members.reduce(0) { $0 + $1.key.utf8.count + Self.size(of: $1.node, greatestIndex) }
        guard size <= limit else {
            mistakes.add(
                Fault(
                    "\(path) that count up to \(Words.number(size)) bytes",
                    expected: "at most \(Words.number(limit)), the limit of a twin"
                ).at(node.position)
            )
            return nil
        }
        return DesiredTemplate(members: members)
    }

    private func members(_ entries: [YAMLEntry], path: String, level: Int) -> [DesiredTemplate.Member] {
        entries.compactMap { entry in
            let here = "\(path).\(entry.key)"
            check(entry, path: path)
            return node(entry.value, path: here, level: level, inArray: false)
                .map { DesiredTemplate.Member(key: entry.key, node: $0) }
        }
    }

    private func node(_ node: YAMLNode, path: String, level: Int, inArray: Bool) -> DesiredTemplate.Node? {
        switch node.content {
        case .mapping(let entries):
            guard checkDepth(level + 1, node, path) else { return nil }
            return Self.folded(.object(members(entries, path: path, level: level + 1)))
        case .sequence(let elements):
            guard checkDepth(level + 1, node, path) else { return nil }
            return Self.folded(
                .array(
                    elements.enumerated().compactMap {
                        self.node($1, path: "\(path)[\($0)]", level: level + 1, inArray: true)
                    }
                )
            )
        case .scalar(let scalar):
            return leaf(scalar, node, path: path, inArray: inArray)
        }
    }

    private func leaf(_ scalar: YAMLScalar, _ node: YAMLNode, path: String, inArray: Bool) -> DesiredTemplate.Node? {
        guard let text = scalars.expanded(node, expected: "a value") else { return nil }
        if scalar.isPlain {
            let value: JSON
            do throws(CoreSchema.Problem) {
                value = try CoreSchema.value(of: text.text)
            } catch {
                let rule = error == .tooLarge ? integerRule : "a number that JSON can express"
                mistakes.add(Fault(expected: rule), at: node)
                return nil
            }
            switch value {
            case .null where inArray:
                mistakes.add(
                    Fault("null in the list \(path)", expected: "a value: a twin's lists hold no null").at(
                        node.position
                    )
                )
                return nil
            case .integer(let number) where !TwinLimits.integers.contains(number):
                mistakes.add(Fault(expected: integerRule), at: node)
                return nil
            case .string: break
            default: return .constant(value)
            }
        }
        let (template, faults) = PlaceholderParser.parse(text.template, place: place)
        for fault in faults { mistakes.add(fault, at: node) }
        guard faults.isEmpty else { return nil }
        let size = template.maximumSize(greatestIndex: greatestIndex)
        guard size <= TwinLimits.stringSize else {
            mistakes.add(
                Fault(
                    "a text of \(Words.number(size)) bytes at \(path)",
                    expected: "at most \(Words.number(TwinLimits.stringSize)), the limit of a twin"
                ).at(node.position)
            )
            return nil
        }
        guard template.isConstant else { return .text(template) }
        var generator = SplitMix64(seed: 0)
        return .constant(.string(template.text(TextTemplate.Values(index: 0), using: &generator)))
    }

    private var integerRule: String {
        "a whole number from \(TwinLimits.integers.lowerBound) to \(TwinLimits.integers.upperBound), the limits of a twin"
    }

    private func check(_ entry: YAMLEntry, path: String) {
        do throws(IoTHubError) {
            try TwinLimits.check([entry.key: true], path: path)
        } catch {
            mistakes.add(
                Fault(
                    "the name \(Words.quote(entry.key)) in \(path)",
                    expected:
                        "1 to \(Words.number(TwinLimits.keySize)) bytes without '.', '$', '#', spaces and control characters"
                ).at(entry.position)
            )
            return
        }
        if entry.key.contains("{") {
            mistakes.add(
                Fault(
                    "a brace in the name \(Words.quote(entry.key))",
                    expected: "a name without placeholders: they work in values only"
                ).at(entry.position)
            )
        }
    }

    private func checkDepth(_ level: Int, _ node: YAMLNode, _ path: String) -> Bool {
        guard level > TwinLimits.depth else { return true }
        mistakes.add(
            Fault(
                "a level of nesting too many at \(path)",
                expected: "at most \(TwinLimits.depth), the limit of a twin"
            ).at(node.position)
        )
        return false
    }

    /// What holds no placeholder becomes one constant, so that making a change copies a reference.
    private static func folded(_ node: DesiredTemplate.Node) -> DesiredTemplate.Node {
        switch node {
        case .constant, .text: return node
        case .array(let elements):
            var values: [JSON] = []
            for case .constant(let value) in elements { values.append(value) }
            return values.count == elements.count ? .constant(.array(values)) : node
        case .object(let members):
            var object = JSONObject()
            for member in members {
                guard case .constant(let value) = member.node else { return node }
                object[member.key] = value
            }
            return .constant(.object(object))
        }
    }

    /// Bytes that a value counts at most, as the hub counts them.
    private static func size(of node: DesiredTemplate.Node, _ greatestIndex: Int) -> Int {
        switch node {
        case .constant(let value): TwinLimits.size(of: ["": value])
        case .text(let template): template.maximumSize(greatestIndex: greatestIndex)
        case .array(let nodes): nodes.reduce(0) { $0 + size(of: $1, greatestIndex) }
        case .object(let members):
            members.reduce(0) { $0 + $1.key.utf8.count + size(of: $1.node, greatestIndex) }
        }
    }
}
