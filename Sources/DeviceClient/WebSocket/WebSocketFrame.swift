/// What a WebSocket frame is.
///
/// Source: RFC 6455, The WebSocket Protocol, section 5.2.
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// Writes the frames of a client, which are masked.
enum WebSocketFrame {
    /// Appends one whole message.
    static func append(
        _ opcode: WebSocketOpcode,
        _ payload: some Collection<UInt8>,
        mask: UInt32,
        to output: inout [UInt8]
    ) {
        let count = payload.count
        output.append(0x80 | opcode.rawValue)
        if count < 126 {
            output.append(0x80 | UInt8(count))
        } else if let short = UInt16(exactly: count) {
            output.append(0x80 | 126)
            withUnsafeBytes(of: short.bigEndian) { output.append(contentsOf: $0) }
        } else {
            output.append(0x80 | 127)
            withUnsafeBytes(of: UInt64(count).bigEndian) { output.append(contentsOf: $0) }
        }
        withUnsafeBytes(of: mask) { output.append(contentsOf: $0) }
        let start = output.count
        output.append(contentsOf: payload)
        output.withUnsafeMutableBytes { apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Exclusive-or with the mask's four bytes in turn; doing it again undoes it.
    static func apply(_ mask: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var index = 0
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        withUnsafeBytes(of: mask) { mask in
            while index < bytes.count {
                bytes[index] ^= mask[index % 4]
                index += 1
            }
        }
    }
}
