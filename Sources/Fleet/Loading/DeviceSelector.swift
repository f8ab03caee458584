import IoTHub
import TwinQuery

/// Finds the devices that satisfy a condition, and helps when there are none.
struct DeviceSelector {
    /// Values of a tag that a message lists.
    static let listedValues = 5
    /// Devices whose ids are compared with what a condition names: more would take a while.
    static let comparedDevices = 10_000

    let devices: [FleetDevice]
    let mistakes: Mistakes
    /// Whether values of the devices came from the environment and must not be shown.
    let isPrivate: Bool

    /// The selected devices as indices, ascending; with none, a mistake is told.
    func select(_ template: ConditionTemplate) -> [Int] {
        let selected = devices.indices.filter { template.condition.selects(devices[$0]) }
        if selected.isEmpty { mistakes.add(explain(template)) }
        return selected
    }

    private func explain(_ template: ConditionTemplate) -> Fault.Placed {
        let references = template.condition.query.references
        for reference in references where reference.path.names.first == "tags" {
            guard values(at: reference.path).isEmpty else { continue }
            return ConditionPlace(node: template.node, line: reference.line, column: reference.column).placed(
                Fault(
                    "\(Words.quote(reference.path.description)), which no device has",
                    expected: "the path of a tag that some device has",
                    suggestion: Suggestion.nearest(to: reference.path.description, among: tagPaths)
                )
            )
        }
        var fault = Fault(
            "\(Words.describe(template.node)), which no device satisfies",
            expected: "a condition that selects at least one device"
        )
        guard !isPrivate, !Words.namesVariable(template.node) else { return fault.at(template.node.position) }
        var known: [String] = []
        for path in Set(references.map(\.path)).sorted(by: { $0.description < $1.description }) {
            if path.names == ["deviceId"] {
                known += devices.prefix(Self.comparedDevices).map(\.id)
                continue
            }
            let values = values(at: path).filter(Self.isSingle).sorted { $0.text < $1.text }
            known += values.compactMap(\.stringValue).filter { !$0.contains(where: \.isNewline) }
            if !values.isEmpty { fault.expected += "; \(path) is \(list(values))" }
        }
        fault.suggestion =
            literals(in: template.condition.text).lazy.filter { !known.contains($0) }
            .compactMap { Suggestion.nearest(to: $0, among: known) }.first
        return fault.at(template.node.position)
    }

    /// The values that devices have at a path.
    private func values(at path: QueryPath) -> Set<JSON> {
        var values: Set<JSON> = []
        for device in devices {
            if let value = DeclaredRow(device: device).value(at: path) { values.insert(value) }
        }
        return values
    }

    private static func isSingle(_ value: JSON) -> Bool {
        switch value {
        case .bool, .integer, .double, .string: true
        case .null, .array, .object: false
        }
    }

    private func list(_ values: [JSON]) -> String {
        var texts = values.prefix(Self.listedValues).map { $0.stringValue.map { Words.quote($0) } ?? $0.text }
        if values.count > Self.listedValues {
            texts.append("one of \(Words.number(values.count - Self.listedValues)) others")
        }
        return Words.anyOf(texts)
    }

    private var tagPaths: [String] {
        var paths: Set<String> = []
        for device in devices { LatencyTagReader.add(.object(device.tags), "tags", to: &paths) }
        return paths.sorted()
    }

    /// The texts in quotes that a condition compares with.
    private func literals(in condition: String) -> [String] {
        var literals: [String] = []
        var rest = condition[...]
        while let start = rest.firstIndex(where: { $0 == "'" || $0 == "\"" }) {
            let quote = rest[start]
            rest = rest[start...].dropFirst()
            guard let end = rest.firstIndex(of: quote) else { break }
            literals.append(String(rest[..<end]))
            rest = rest[end...].dropFirst()
        }
        return literals
    }
}
