import IoTHub

/// A mapping whose keys have been checked against the ones that it may have.
struct MappingReader {
    private let values: [String: YAMLEntry]

    /// Where the mapping begins.
    let position: Position

    /// Tells unknown and missing keys; nil when the node is no mapping at all.
    init?(_ node: YAMLNode, _ keys: KeySet, _ mistakes: Mistakes) {
        guard case .mapping(let entries) = node.content else {
            let known = keys.required.isEmpty ? keys.optional : keys.required
            mistakes.add(
                Fault(expected: "\(keys.name) as a mapping, with keys such as \(Words.anyOf(Array(known.prefix(3))))"),
                at: node
            )
            return nil
        }
        position = node.position
        let known = Set(keys.all)
        let present = Set(entries.map(\.key))
        var values: [String: YAMLEntry] = [:]
        // A key that was misspelt is not also missing.
        var meant: Set<String> = []
        for entry in entries {
            if known.contains(entry.key) {
                values[entry.key] = entry
            } else if let advice = keys.later[entry.key] {
                mistakes.add(Fault("the key \(Words.quote(entry.key))", expected: advice).at(entry.position))
            } else {
                let nearest = Suggestion.nearest(
                    to: entry.key,
                    among: keys.all.filter { !present.contains($0) }
                )
                if let nearest { meant.insert(nearest) }
                mistakes.add(
                    Fault(
                        "the unknown key \(Words.quote(entry.key)) in \(keys.name)",
                        expected: Words.anyOf(keys.all),
                        suggestion: nearest
                    ).at(entry.position)
                )
            }
        }
        for key in keys.required where values[key] == nil && !meant.contains(key) {
            let example = KeySet.examples[key].map { ", such as '\($0)'" } ?? ""
            mistakes.add(Fault("\(keys.name) without '\(key)'", expected: "that key\(example)").at(node.position))
        }
        self.values = values
        self.meant = meant
    }

    /// Keys that are absent because they are misspelt.
    let meant: Set<String>

    subscript(key: String) -> YAMLNode? { values[key]?.value }

    /// Where a key stands.
    func position(of key: String) -> Position? { values[key]?.position }
}
