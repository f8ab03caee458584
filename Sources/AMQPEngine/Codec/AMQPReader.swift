/// Reads AMQP values from bytes that anybody may have sent: never beyond the end, never too deep, never too many.
struct AMQPReader {
    /// Deeper values are refused; Microsoft's clients nest three levels.
    static let depthLimit = 32
    /// More values in one go are refused.
    ///
    /// It bounds what a few bytes can grow to: an array of nulls has no bytes for its elements.
    static let valueLimit = 50_000

    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    /// Where the compound value that is being read ends.
    var end: Int
    private var valuesLeft = Self.valueLimit

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        end = bytes.count
    }

    var remaining: Int { end - position }
    var isAtEnd: Bool { position == end }
    /// The next byte, without taking it.
    var next: UInt8? { position < end ? bytes[position] : nil }

    mutating func byte() throws(AMQPError) -> UInt8 {
        guard position < end else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(AMQPError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw .truncated }
        defer { position += size }
        return Number(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    mutating func take(_ count: Int) throws(AMQPError) -> UnsafeRawBufferPointer {
        guard count >= 0, remaining >= count else { throw .truncated }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func text(_ count: Int) throws(AMQPError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw AMQPError(.decodeError, "a text is not UTF-8")
        }
        return text
    }

    /// Every value is counted before it is read.
    mutating func count(one depth: Int) throws(AMQPError) {
        guard depth <= Self.depthLimit else {
            throw AMQPError(.decodeError, "values are nested more than \(Self.depthLimit) deep")
        }
        guard valuesLeft > 0 else { throw AMQPError(.decodeError, "there are more than \(Self.valueLimit) values") }
        valuesLeft -= 1
    }

    /// Reads size and count of a list, map or array: where it ends, and how many elements the peer says it has.
    mutating func compound(wide: Bool) throws(AMQPError) -> (end: Int, count: Int) {
        let size = wide ? Int(try integer(UInt32.self)) : Int(try byte())
        guard size >= (wide ? 4 : 1), size <= remaining else {
            throw AMQPError(.decodeError, "a compound value says \(size) bytes, \(remaining) are there")
        }
        let end = position + size
        return (end, wide ? Int(try integer(UInt32.self)) : Int(try byte()))
    }

    /// Descriptors are symbols and numbers; anything else is for nested puzzles only.
    mutating func descriptor() throws(AMQPError) -> AMQPValue {
        switch try byte() {
        case 0x44: return .ulong(0)
        case 0x53: return .ulong(UInt64(try byte()))
        case 0x80: return .ulong(try integer())
        case 0xA3: return .symbol(try text(Int(try byte())))
        case 0xB3: return .symbol(try text(Int(try integer(UInt32.self))))
        case let other: throw AMQPError(.decodeError, "a descriptor is neither ulong nor symbol but \(hex(other))")
        }
    }
}

extension AMQPError {
    static let truncated = AMQPError(.decodeError, "the bytes end in the middle of a value")
}

/// A byte as people write it in AMQP's tables.
func hex(_ byte: UInt8) -> String { "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }

/// Gives a reader over an array's bytes; `withUnsafeBytes` alone loses the type of what is thrown.
func reading<Outcome>(
    _ bytes: [UInt8],
    _ body: (inout AMQPReader) throws(AMQPError) -> Outcome
) throws(AMQPError) -> Outcome {
    let outcome = bytes.withUnsafeBytes { bytes -> Result<Outcome, AMQPError> in
        var reader = AMQPReader(bytes)
        do throws(AMQPError) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    return try outcome.get()
}
