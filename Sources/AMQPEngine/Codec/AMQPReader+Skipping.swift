extension AMQPReader {
    /// Goes over one value with all the checks of reading but without making it.
    mutating func skip(depth: Int = 0) throws(AMQPError) {
        let constructor = try byte()
        if constructor != 0 { return try skip(constructor, depth: depth) }
        try count(one: depth)
        _ = try descriptor()
        try skip(depth: depth + 1)
    }

    private mutating func skip(_ constructor: UInt8, depth: Int) throws(AMQPError) {
        try count(one: depth)
        guard let type = AMQPType(constructor: constructor) else {
            throw AMQPError(.decodeError, "\(hex(constructor)) is no constructor")
        }
        // The high half of a constructor says how the size is written.
        switch constructor >> 4 {
        case 0x4: return
        case 0x5: _ = try take(1)
        case 0x6: _ = try take(2)
        case 0x7: _ = try take(4)
        case 0x8: _ = try take(8)
        case 0x9: _ = try take(16)
        case 0xA: _ = try take(Int(try byte()))
        case 0xB: _ = try take(Int(try integer(UInt32.self)))
        default: try skipCompound(type, wide: constructor & 0x10 != 0, depth: depth)
        }
    }

    private mutating func skipCompound(_ type: AMQPType, wide: Bool, depth: Int) throws(AMQPError) {
        let (limit, count) = try compound(wide: wide)
        let outer = end
        end = limit
        if type == .array {
            var constructor = try byte()
            if constructor == 0 {
                _ = try descriptor()
                constructor = try byte()
            }
            for _ in 0..<count { try skip(constructor, depth: depth + 1) }
        } else {
            guard count <= remaining, type == .list || count.isMultiple(of: 2) else { throw .miscounted }
            for _ in 0..<count { try skip(depth: depth + 1) }
        }
        guard isAtEnd else { throw .miscounted }
        end = outer
    }
}
