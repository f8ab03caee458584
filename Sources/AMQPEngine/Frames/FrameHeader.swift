/// The eight bytes in front of every frame, and of the protocol itself.
///
/// Source: OASIS AMQP 1.0 part 2, "Framing".
struct FrameHeader {
    static let size = 8
    static let amqpType: UInt8 = 0
    static let saslType: UInt8 = 1
    static let empty: [UInt8] = [0, 0, 0, 8, 2, 0, 0, 0]

    /// The whole frame, this header with it.
    let frameSize: Int
    /// Where the body starts.
    let bodyStart: Int
    let type: UInt8
    let channel: UInt16

    /// Reads the header at the start of eight bytes or more.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(AMQPError) {
        frameSize = Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        bodyStart = Int(bytes[4]) * 4
        type = bytes[5]
        channel = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        guard frameSize <= limit else {
            throw AMQPError(.framingError, "a frame has \(frameSize) bytes, \(limit) are permitted")
        }
        guard (Self.size...max(frameSize, Self.size)).contains(bodyStart), frameSize >= Self.size else {
            throw AMQPError(.framingError, "a frame of \(frameSize) bytes has its body at \(bodyStart)")
        }
    }

    /// A frame with a described list as its body.
    static func frame(type: UInt8, _ descriptor: UInt64, _ fields: [AMQPValue]) -> [UInt8] {
        var writer = AMQPWriter()
        writer.raw([0, 0, 0, 0, 2, type, 0, 0])
        writer.describedList(descriptor, fields)
        writer.patch(UInt32(clamping: writer.bytes.count), at: 0)
        return writer.bytes
    }

    /// The frame that closes a connection.
    static func close(_ error: AMQPError?) -> [UInt8] {
        frame(type: amqpType, 0x18, [error?.value ?? .null])
    }
}

/// What the two ends say before all frames.
enum ProtocolHeader {
    static let amqp: [UInt8] = Array("AMQP".utf8) + [0, 1, 0, 0]
    static let sasl: [UInt8] = Array("AMQP".utf8) + [3, 1, 0, 0]
}

extension AMQPError {
    /// The error as it stands in frames.
    var value: AMQPValue {
        let fields: [AMQPValue] = [
            .symbol(condition.rawValue), text.map { .string($0) } ?? .null, info.isEmpty ? .null : .map(info),
        ]
        return .described(descriptor: .ulong(0x1D), value: .list(fields))
    }
}
