/// Reads `thresholds:`.
struct ThresholdReader {
    let scalars: ScalarReader

    /// The thresholds that could be read, in the order of the file.
    func read(_ node: YAMLNode) -> [Threshold] {
        guard let mapping = MappingReader(node, .thresholds, scalars.mistakes),
            case .mapping(let entries) = node.content
        else { return [] }
        var thresholds: [Threshold] = []
        for entry in entries {
            guard let subject = Threshold.Subject(rawValue: entry.key), let value = mapping[entry.key] else { continue }
            for node in nodes(value, subject) {
                let threshold = scalars.parsed(node, expected: ThresholdText.expectation(for: subject)) {
                    (text) throws(Fault) in try ThresholdText.parse(text, subject: subject)
                }
                if let threshold { thresholds.append(threshold) }
            }
        }
        return thresholds
    }

    /// The elements of a list, or the one value that stands alone.
    private func nodes(_ node: YAMLNode, _ subject: Threshold.Subject) -> [YAMLNode] {
        guard case .sequence(let nodes) = node.content else { return [node] }
        if nodes.isEmpty { scalars.mistakes.add(Fault(expected: ThresholdText.expectation(for: subject)), at: node) }
        return nodes
    }
}
