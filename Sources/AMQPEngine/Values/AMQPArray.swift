/// Values of one type, whose constructor stands in the bytes once.
///
/// The type is a property of its own, since an empty array has one, too.
public struct AMQPArray: Hashable, Sendable {
    /// The type of the elements.
    public let type: AMQPType
    /// The descriptor that all elements have; nil when they have none.
    public let descriptor: AMQPValue?
    /// The elements, without the descriptor.
    public let elements: [AMQPValue]

    /// Makes an array; nil when an element has another type.
    public init?(_ type: AMQPType, _ elements: [AMQPValue], descriptor: AMQPValue? = nil) {
        guard elements.allSatisfy({ AMQPType($0) == type }) else { return nil }
        self.init(unchecked: type, elements, descriptor: descriptor)
    }

    /// For the reader, whose elements all came from one constructor.
    init(unchecked type: AMQPType, _ elements: [AMQPValue], descriptor: AMQPValue?) {
        self.type = type
        self.descriptor = descriptor
        self.elements = elements
    }

    /// Makes an array of symbols, as SASL mechanisms and capabilities are.
    public static func symbols(_ names: [String]) -> AMQPArray {
        AMQPArray(unchecked: .symbol, names.map { .symbol($0) }, descriptor: nil)
    }
}
