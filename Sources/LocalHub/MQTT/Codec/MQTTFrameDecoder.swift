import NIOCore

/// One MQTT control packet as it was framed: its type, its flags and what follows the fixed header.
struct MQTTFrame: Sendable, Hashable {
    /// The packet type, 1 to 14.
    let type: UInt8
    /// The lower four bits of the first byte.
    let flags: UInt8
    /// Variable header and payload.
    var body: ByteBuffer
}

/// Cuts a stream of bytes into MQTT packets, whatever pieces the bytes come in.
struct MQTTFrameDecoder {
    /// Most bytes of payload that the hub takes in one message.
    static let maximumPayload = 262_144
    /// Most bytes after the fixed header: the payload, the longest topic with its length, and a packet id.
    static let maximumRemainingLength = maximumPayload + 65_535 + 4

    private var pending = ByteBuffer()
    /// Whether `pending` has storage of its own, not that of the buffer that was given.
    private var ownsStorage = true

    /// Takes the next bytes of the stream; `compact` is due when `next` has no more packets in them.
    mutating func append(_ bytes: ByteBuffer) {
        if pending.readableBytes == 0 {
            pending = bytes
            ownsStorage = false
        } else {
            pending.writeImmutableBuffer(bytes)
        }
    }

    /// Lets go of the buffer that was given, keeping what is left of it.
    ///
    /// TLS hands out one large buffer again and again, and has to make a new one when somebody holds on to it.
    mutating func compact() {
        if pending.readableBytes == 0 {
            pending = ByteBuffer()
        } else if ownsStorage {
            pending.discardReadBytes()
        } else {
            var own = ByteBuffer()
            own.writeImmutableBuffer(pending)
            pending = own
        }
        ownsStorage = true
    }

    /// The next whole packet; nil when more bytes are needed.
    /// - Throws: `MQTTDecodingError`; the stream cannot be read on after it.
    mutating func next() throws(MQTTDecodingError) -> MQTTFrame? {
        guard let first: UInt8 = pending.getInteger(at: pending.readerIndex) else { return nil }
        let type = first >> 4
        guard (1...14).contains(type) else { throw .unknownPacketType(type) }
        guard let (length, headerSize) = try remainingLength() else { return nil }
        guard length <= Self.maximumRemainingLength else { throw .packetTooLarge(length) }
        guard pending.readableBytes >= headerSize + length else { return nil }
        pending.moveReaderIndex(forwardBy: headerSize)
        guard let body = pending.readSlice(length: length) else { return nil }
        return MQTTFrame(type: type, flags: first & 0x0F, body: body)
    }

    /// The remaining length and the size of the fixed header; nil when more bytes are needed.
    private func remainingLength() throws(MQTTDecodingError) -> (length: Int, headerSize: Int)? {
        var length = 0
        for index in 0..<4 {
            guard let byte: UInt8 = pending.getInteger(at: pending.readerIndex + 1 + index) else { return nil }
            length |= Int(byte & 0x7F) << (7 * index)
            if byte & 0x80 == 0 { return (length, index + 2) }
        }
        throw .remainingLengthTooLong
    }
}
