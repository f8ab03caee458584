public import IoTHub

/// What a change sets in the desired properties, with placeholders; pure, and taken apart when the file is read.
public struct DesiredTemplate: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case constant(JSON)
        case text(TextTemplate)
        case array([Node])
        case object([Member])
    }

    struct Member: Sendable, Hashable {
        var key: String
        var node: Node
    }

    var members: [Member]

    init(members: [Member]) { self.members = members }

    /// Creates a template without placeholders.
    public init(_ constant: JSONObject) {
        members = constant.map { Member(key: $0.key, node: .constant($0.value)) }
    }

    /// Fills the template in for one change.
    /// - Parameters:
    ///   - device: the device that is changed, for `{id}` and `{index}`.
    ///   - change: the running number of the change among those of its workload item, from 0, for `{change}`.
    ///   - generator: where `{random:…}` comes from.
    /// - Returns: a patch for the desired properties.
    public func make(device: FleetDevice, change: UInt64, using generator: inout SplitMix64) -> JSONObject {
        make(TextTemplate.Values(index: device.index, id: device.id, change: change), using: &generator)
    }

    func make(_ values: TextTemplate.Values, using generator: inout SplitMix64) -> JSONObject {
        Self.object(members, values, &generator)
    }

    private static func object(
        _ members: [Member],
        _ values: TextTemplate.Values,
        _ generator: inout SplitMix64
    ) -> JSONObject {
        var object = JSONObject()
        for member in members { object[member.key] = fill(member.node, values, &generator) }
        return object
    }

    private static func fill(_ node: Node, _ values: TextTemplate.Values, _ generator: inout SplitMix64) -> JSON {
        switch node {
        case .constant(let value): return value
        case .text(let template): return template.value(values, using: &generator)
        case .array(let nodes):
            var elements: [JSON] = []
            elements.reserveCapacity(nodes.count)
            for node in nodes { elements.append(fill(node, values, &generator)) }
            return .array(elements)
        case .object(let members): return .object(object(members, values, &generator))
        }
    }
}
