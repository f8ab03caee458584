import Foundation

extension AMQPReader {
    /// Reads one value of any type.
    mutating func value(depth: Int = 0) throws(AMQPError) -> AMQPValue {
        let constructor = try byte()
        if constructor != 0 { return try value(constructor, depth: depth) }
        try count(one: depth)
        let descriptor = try descriptor()
        return .described(descriptor: descriptor, value: try value(depth: depth + 1))
    }

    private mutating func value(_ constructor: UInt8, depth: Int) throws(AMQPError) -> AMQPValue {
        try count(one: depth)
        switch constructor {
        case 0x40: return .null
        case 0x41: return .bool(true)
        case 0x42: return .bool(false)
        case 0x43: return .uint(0)
        case 0x44: return .ulong(0)
        case 0x45: return .list([])
        case 0x50: return .ubyte(try byte())
        case 0x51: return .byte(Int8(bitPattern: try byte()))
        case 0x52: return .uint(UInt32(try byte()))
        case 0x53: return .ulong(UInt64(try byte()))
        case 0x54: return .int(Int32(Int8(bitPattern: try byte())))
        case 0x55: return .long(Int64(Int8(bitPattern: try byte())))
        case 0x56: return .bool(try byte() != 0)
        case 0x60: return .ushort(try integer())
        case 0x61: return .short(try integer())
        case 0x70: return .uint(try integer())
        case 0x71: return .int(try integer())
        case 0x72: return .float(Float(bitPattern: try integer()))
        case 0x73: return .char(try integer())
        case 0x74: return .decimal32(try integer())
        case 0x80: return .ulong(try integer())
        case 0x81: return .long(try integer())
        case 0x82: return .double(Double(bitPattern: try integer()))
        case 0x83: return .timestamp(try integer())
        case 0x84: return .decimal64(try integer())
        case 0x94: return .decimal128(try integer(), try integer())
        case 0x98: return .uuid(try uuid())
        case 0xA0: return .binary(Array(try take(Int(try byte()))))
        case 0xA1: return .string(try text(Int(try byte())))
        case 0xA3: return .symbol(try text(Int(try byte())))
        case 0xB0: return .binary(Array(try take(Int(try integer(UInt32.self)))))
        case 0xB1: return .string(try text(Int(try integer(UInt32.self))))
        case 0xB3: return .symbol(try text(Int(try integer(UInt32.self))))
        case 0xC0, 0xD0: return .list(try list(wide: constructor == 0xD0, depth: depth))
        case 0xC1, 0xD1: return .map(try map(wide: constructor == 0xD1, depth: depth))
        case 0xE0, 0xF0: return .array(try array(wide: constructor == 0xF0, depth: depth))
        default: throw AMQPError(.decodeError, "\(hex(constructor)) is no constructor")
        }
    }

    private mutating func uuid() throws(AMQPError) -> UUID {
        var uuid = UUID_NULL
        let bytes = try take(16)
        withUnsafeMutableBytes(of: &uuid) { $0.copyMemory(from: bytes) }
        return UUID(uuid: uuid)
    }

    private mutating func list(wide: Bool, depth: Int) throws(AMQPError) -> [AMQPValue] {
        let (limit, count) = try compound(wide: wide)
        return try inside(limit) { reader throws(AMQPError) in
            guard count <= reader.remaining else { throw .miscounted }
            var elements: [AMQPValue] = []
            // The count is only what the peer says.
            elements.reserveCapacity(min(count, 64))
            for _ in 0..<count { elements.append(try reader.value(depth: depth + 1)) }
            return elements
        }
    }

    private mutating func map(wide: Bool, depth: Int) throws(AMQPError) -> AMQPMap {
        let (limit, count) = try compound(wide: wide)
        return try inside(limit) { reader throws(AMQPError) in
            guard count <= reader.remaining, count.isMultiple(of: 2) else { throw .miscounted }
            var map = AMQPMap()
            map.pairs.reserveCapacity(min(count / 2, 64))
            for _ in 0..<count / 2 {
                let key = try reader.value(depth: depth + 1)
                map.pairs.append(AMQPMap.Pair(key: key, value: try reader.value(depth: depth + 1)))
            }
            return map
        }
    }

    private mutating func array(wide: Bool, depth: Int) throws(AMQPError) -> AMQPArray {
        let (limit, count) = try compound(wide: wide)
        return try inside(limit) { reader throws(AMQPError) in
            var constructor = try reader.byte()
            var descriptor: AMQPValue?
            if constructor == 0 {
                descriptor = try reader.descriptor()
                constructor = try reader.byte()
            }
            guard let type = AMQPType(constructor: constructor) else {
                throw AMQPError(.decodeError, "\(hex(constructor)) is no constructor of an array")
            }
            var elements: [AMQPValue] = []
            for _ in 0..<count { elements.append(try reader.value(constructor, depth: depth + 1)) }
            return AMQPArray(unchecked: type, elements, descriptor: descriptor)
        }
    }

    /// Reads the inside of a compound value, which must end where its size says.
    private mutating func inside<Content>(
        _ limit: Int,
        _ read: (inout AMQPReader) throws(AMQPError) -> Content
    ) throws(AMQPError) -> Content {
        let outer = end
        end = limit
        let content = try read(&self)
        guard isAtEnd else { throw .miscounted }
        end = outer
        return content
    }
}

/// All bits zero, to be filled.
private let UUID_NULL: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

extension AMQPError {
    static let miscounted = AMQPError(
        .decodeError,
        "the size and the count of a compound value do not fit its elements"
    )
}
