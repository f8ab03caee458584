import NIOCore
import NIOWebSocket

extension ByteBufferAllocator {
    /// Makes a frame of the hub, whole and not masked.
    ///
    /// It is in one piece, so that TLS makes one record of it. NIO's own encoder would make two, since it keeps the header
    /// apart.
    func webSocketFrame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> ByteBuffer {
        let count = data.readableBytes
        var frame = buffer(capacity: 10 + count)
        frame.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        switch count {
        case ...125: frame.writeInteger(UInt8(truncatingIfNeeded: count))
        case ...0xFFFF:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(truncatingIfNeeded: count))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(count))
        }
        frame.writeImmutableBuffer(data)
        return frame
    }
}
