import OrderedCollections

/// The members of a JSON object, in the order in which they were first set.
///
/// The order is kept so that what a person wrote comes back as it was; it plays no part in comparisons.
public struct JSONObject: Sendable {
    private var members: OrderedDictionary<String, JSON>

    /// Makes an object without members.
    public init() { members = [:] }

    /// The value of a member; setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get { members[key] }
        set { members[key] = newValue }
    }

    /// The names of the members, in order.
    public var keys: some RandomAccessCollection<String> { members.keys }

    /// The values of the members, in order.
    public var values: some RandomAccessCollection<JSON> { members.values }

    /// Removes a member and returns its value; nil when there was none.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? { members.removeValue(forKey: key) }

    /// Makes room for this many members.
    mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// Merges a patch as IoT Hub does.
    ///
    /// For each member of the patch: null removes, an object merges into an object, anything else replaces. Nulls
    /// inside an object that is new do not appear; arrays are replaced whole; an object that lost its last member
    /// stays, empty. Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub".
    public mutating func merge(patch: JSONObject) {
        for (key, value) in patch {
            switch value {
            case .null:
                members.removeValue(forKey: key)
            case .object(let changes):
                var target = JSONObject()
                if let index = members.index(forKey: key), case .object(let old) = members.values[index] {
                    target = old
                    // Give up the second reference, so that the merge below changes the members in place.
                    members.values[index] = .null
                }
                target.merge(patch: changes)
                members[key] = .object(target)
            case .bool, .integer, .double, .string, .array:
                members[key] = value
            }
        }
    }
}

extension JSONObject: RandomAccessCollection {
    /// A name and its value.
    public typealias Element = (key: String, value: JSON)

    /// The position of the first member.
    public var startIndex: Int { 0 }
    /// The position after the last member.
    public var endIndex: Int { members.count }
    /// The member at a position.
    public subscript(position: Int) -> Element { members.elements[position] }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right.members[$0.key] == $0.value }
    }

    /// Hashes the members so that their order does not count.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in members {
            var one = Hasher()
            one.combine(key)
            one.combine(value)
            sum ^= one.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// Makes an object; of two members with one name the later stands.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init()
        for (key, value) in elements { members[key] = value }
    }

    /// The object as JSON text.
    public var description: String { text }
}
