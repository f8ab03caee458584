import NIOCore

/// Reads the fields of one packet; a field that is not there is an error.
struct MQTTFieldReader {
    /// The packet's type, for errors.
    let type: UInt8
    private let flags: UInt8
    private var body: ByteBuffer

    init(_ frame: MQTTFrame) {
        type = frame.type
        flags = frame.flags
        body = frame.body
    }

    /// Whether all bytes were read.
    var isAtEnd: Bool { body.readableBytes == 0 }

    func expect(flags expected: UInt8) throws(MQTTDecodingError) {
        if flags != expected { throw .badFlags(type: type, flags: flags) }
    }

    func expectEnd() throws(MQTTDecodingError) {
        if !isAtEnd { throw .trailingBytes(type: type) }
    }

    mutating func byte() throws(MQTTDecodingError) -> UInt8 {
        guard let value: UInt8 = body.readInteger() else { throw .truncated(type: type) }
        return value
    }

    mutating func number() throws(MQTTDecodingError) -> UInt16 {
        guard let value: UInt16 = body.readInteger() else { throw .truncated(type: type) }
        return value
    }

    mutating func packetID() throws(MQTTDecodingError) -> UInt16 {
        let value = try number()
        if value == 0 { throw .zeroPacketID(type: type) }
        return value
    }

    /// Bytes with their length in front.
    mutating func bytes() throws(MQTTDecodingError) -> [UInt8] {
        let length = Int(try number())
        guard let value = body.readBytes(length: length) else { throw .truncated(type: type) }
        return value
    }

    /// A text with its length in front: UTF-8 without NUL.
    mutating func text() throws(MQTTDecodingError) -> String {
        let length = Int(try number())
        guard let slice = body.readSlice(length: length) else { throw .truncated(type: type) }
        let text = slice.withUnsafeReadableBytes { bytes in
            bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
        }
        guard let text else { throw .badText(type: type) }
        return text
    }

    /// All bytes that are left.
    mutating func rest() -> ByteBuffer {
        let rest = body.slice()
        body.moveReaderIndex(to: body.writerIndex)
        return rest
    }
}
