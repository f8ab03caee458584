/// Reads the fields of a performative, a section or an outcome: a list that may end early, with null for "not set".
struct FieldReader {
    private var reader: AMQPReader
    private var left: Int
    private let outerEnd: Int
    private let name: String

    /// Starts at the list; `reader` continues behind it with `finish`.
    init(_ reader: inout AMQPReader, of name: String) throws(AMQPError) {
        outerEnd = reader.end
        self.name = name
        let constructor = try reader.byte()
        switch constructor {
        case 0x45:
            left = 0
            reader.end -= reader.remaining
        case 0xC0, 0xD0:
            let (end, count) = try reader.compound(wide: constructor == 0xD0)
            left = count
            reader.end = end
        default: throw AMQPError(.decodeError, "\(name) holds no list but \(hex(constructor))")
        }
        self.reader = reader
        guard left <= reader.remaining else { throw .miscounted }
    }

    /// Goes over what newer versions may have added, and checks that the list ends where it says.
    consuming func finish(_ reader: inout AMQPReader) throws(AMQPError) {
        while left > 0 { try skip() }
        guard self.reader.isAtEnd else { throw .miscounted }
        reader = self.reader
        reader.end = outerEnd
    }

    /// Whether the next field has a value, whose constructor is then next.
    private mutating func isSet() throws(AMQPError) -> Bool {
        guard left > 0 else { return false }
        left -= 1
        guard reader.next == 0x40 else { return true }
        _ = try reader.byte()
        return false
    }

    mutating func skip() throws(AMQPError) {
        if try isSet() { try reader.skip() }
    }

    mutating func value() throws(AMQPError) -> AMQPValue? { try isSet() ? try reader.value() : nil }

    mutating func bool(_ field: String) throws(AMQPError) -> Bool? {
        guard try isSet() else { return nil }
        switch try reader.byte() {
        case 0x41: return true
        case 0x42: return false
        case 0x56: return try reader.byte() != 0
        default: throw wrong(field, "boolean")
        }
    }

    mutating func ubyte(_ field: String) throws(AMQPError) -> UInt8? {
        guard try isSet() else { return nil }
        guard try reader.byte() == 0x50 else { throw wrong(field, "ubyte") }
        return try reader.byte()
    }

    mutating func ushort(_ field: String) throws(AMQPError) -> UInt16? {
        guard try isSet() else { return nil }
        guard try reader.byte() == 0x60 else { throw wrong(field, "ushort") }
        return try reader.integer()
    }

    mutating func uint(_ field: String) throws(AMQPError) -> UInt32? {
        guard try isSet() else { return nil }
        switch try reader.byte() {
        case 0x43: return 0
        case 0x52: return UInt32(try reader.byte())
        case 0x70: return try reader.integer()
        default: throw wrong(field, "uint")
        }
    }

    mutating func ulong(_ field: String) throws(AMQPError) -> UInt64? {
        guard try isSet() else { return nil }
        switch try reader.byte() {
        case 0x44: return 0
        case 0x53: return UInt64(try reader.byte())
        case 0x80: return try reader.integer()
        default: throw wrong(field, "ulong")
        }
    }

    mutating func timestamp(_ field: String) throws(AMQPError) -> Int64? {
        guard try isSet() else { return nil }
        guard try reader.byte() == 0x83 else { throw wrong(field, "timestamp") }
        return try reader.integer()
    }

    mutating func binary(_ field: String) throws(AMQPError) -> [UInt8]? {
        guard let value = try value() else { return nil }
        guard case .binary(let bytes) = value else { throw wrong(field, "binary") }
        return bytes
    }

    /// A string or a symbol: peers mix them up, and nothing hangs on it.
    mutating func text(_ field: String) throws(AMQPError) -> String? {
        guard let value = try value() else { return nil }
        guard let text = value.text else { throw wrong(field, "string or symbol") }
        return text
    }

    mutating func map(_ field: String) throws(AMQPError) -> AMQPMap? {
        guard let value = try value() else { return nil }
        guard case .map(let map) = value else { throw wrong(field, "map") }
        return map
    }

    mutating func messageID(_ field: String) throws(AMQPError) -> AMQPMessageID? {
        guard let value = try value() else { return nil }
        guard let id = AMQPMessageID(value) else { throw wrong(field, "ulong, uuid, binary or string") }
        return id
    }

    /// A described list inside, such as a source or an error: the code of its descriptor, and its fields.
    mutating func described<Content>(
        _ field: String,
        _ read: (UInt64, inout AMQPReader) throws(AMQPError) -> Content
    ) throws(AMQPError) -> Content? {
        guard try isSet() else { return nil }
        guard try reader.byte() == 0, case .ulong(let code) = try reader.descriptor() else {
            throw wrong(field, "a described value with a ulong for its descriptor")
        }
        return try read(code, &reader)
    }

    /// What a mandatory field is; an error when it is not set.
    func required<Value>(_ value: Value?, _ field: String) throws(AMQPError) -> Value {
        guard let value else { throw AMQPError(.decodeError, "\(name) has no \(field)") }
        return value
    }

    private func wrong(_ field: String, _ expected: String) -> AMQPError {
        AMQPError(.decodeError, "\(field) of \(name) is no \(expected)")
    }
}
