import IoTHub

/// Reads `latencyBy:`, paths of tags that some device has.
struct LatencyTagReader {
    /// Paths that may be named: each has its histograms.
    static let maximumPaths = 16

    let scalars: ScalarReader
    let templates: [DeviceTemplate]

    /// The paths that could be read, each once.
    func read(_ node: YAMLNode) -> [String] {
        var nodes = [node]
        if case .sequence(let elements) = node.content {
            nodes = elements
            if elements.count > Self.maximumPaths {
                scalars.mistakes.add(
                    Fault(
                        "a list of \(Words.number(elements.count)) paths",
                        expected: "at most \(Self.maximumPaths)"
                    ).at(node.position)
                )
                return []
            }
            if elements.isEmpty { scalars.mistakes.add(Fault(expected: Self.expectation), at: node) }
        }
        var paths: [String] = []
        let known = knownPaths
        let names = known.sorted()
        for node in nodes {
            guard let path = scalars.text(node, expected: Self.expectation)?.text else { continue }
            guard known.contains(path) else {
                scalars.mistakes.add(
                    Fault(
                        "\(Words.quote(path)), which no device has",
                        expected: Self.expectation,
                        suggestion: Suggestion.nearest(to: path, among: names)
                    ),
                    at: node
                )
                continue
            }
            if !paths.contains(path) { paths.append(path) }
        }
        return paths
    }

    private static let expectation = "the path of a tag with one value, such as tags.location.plant"

    private var knownPaths: Set<String> {
        var paths: Set<String> = []
        for template in templates {
            for member in template.tags.members { Self.add(member.node, "tags.\(member.key)", to: &paths) }
        }
        return paths
    }

    private static func add(_ node: DesiredTemplate.Node, _ path: String, to paths: inout Set<String>) {
        switch node {
        case .text: paths.insert(path)
        case .array: break
        case .object(let members):
            for member in members { add(member.node, "\(path).\(member.key)", to: &paths) }
        case .constant(let value): add(value, path, to: &paths)
        }
    }

    /// Adds the paths of all single values in a value.
    static func add(_ value: JSON, _ path: String, to paths: inout Set<String>) {
        switch value {
        case .bool, .integer, .double, .string: paths.insert(path)
        case .null, .array: break
        case .object(let object):
            for (key, value) in object { add(value, "\(path).\(key)", to: &paths) }
        }
    }
}
