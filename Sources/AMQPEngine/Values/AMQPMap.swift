/// A map of AMQP values: pairs in the order in which they stand in the bytes.
public struct AMQPMap: Hashable, Sendable {
    /// A key and its value.
    public struct Pair: Hashable, Sendable {
        /// The key, of any type; annotations have symbols, application properties strings.
        public var key: AMQPValue
        /// The value.
        public var value: AMQPValue

        /// Makes a pair.
        public init(key: AMQPValue, value: AMQPValue) {
            self.key = key
            self.value = value
        }
    }

    /// The pairs.
    ///
    /// A peer may have sent a key twice; the first one counts.
    public var pairs: [Pair]

    /// Makes a map of pairs; empty by default.
    public init(_ pairs: [Pair] = []) { self.pairs = pairs }

    /// Whether there are no pairs.
    public var isEmpty: Bool { pairs.isEmpty }

    /// The value of a key of exactly this type and content.
    ///
    /// Setting nil takes the key out.
    public subscript(key: AMQPValue) -> AMQPValue? {
        get { pairs.first { $0.key == key }?.value }
        set {
            guard let newValue else { return pairs.removeAll { $0.key == key } }
            if let index = pairs.firstIndex(where: { $0.key == key }) {
                pairs[index].value = newValue
            } else {
                pairs.append(Pair(key: key, value: newValue))
            }
        }
    }

    /// The value of a symbol, as annotations, link properties and error infos have them.
    public subscript(symbol name: String) -> AMQPValue? {
        get { self[.symbol(name)] }
        set { self[.symbol(name)] = newValue }
    }

    /// The value of a string, as application properties have them.
    public subscript(string name: String) -> AMQPValue? {
        get { self[.string(name)] }
        set { self[.string(name)] = newValue }
    }
}

extension AMQPMap: ExpressibleByDictionaryLiteral {
    /// Makes a map of the pairs in the literal, in their order.
    public init(dictionaryLiteral elements: (AMQPValue, AMQPValue)...) {
        pairs = elements.map { Pair(key: $0.0, value: $0.1) }
    }
}
