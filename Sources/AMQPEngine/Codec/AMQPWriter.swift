/// Writes AMQP values, each in its shortest form.
struct AMQPWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func raw(_ content: some Sequence<UInt8>) { bytes.append(contentsOf: content) }

    mutating func integer(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A constructor with an 8-bit and one with a 32-bit length, then the content.
    mutating func variable(_ narrow: UInt8, _ wide: UInt8, _ content: some Collection<UInt8>) {
        if let size = UInt8(exactly: content.count) {
            byte(narrow)
            byte(size)
        } else {
            byte(wide)
            integer(UInt32(clamping: content.count))
        }
        raw(content)
    }

    /// A list or map: the content is written first and its size put in front.
    mutating func compound(_ narrow: UInt8, _ wide: UInt8, count: Int, _ content: (inout AMQPWriter) -> Void) {
        let start = bytes.count
        byte(wide)
        integer(UInt32(0))
        integer(UInt32(clamping: count))
        content(&self)
        let size = bytes.count - start - 9
        if let small = UInt8(exactly: size + 1), let few = UInt8(exactly: count) {
            bytes.replaceSubrange(start..<start + 9, with: [narrow, small, few])
        } else {
            patch(UInt32(clamping: size + 4), at: start + 1)
        }
    }

    /// A described list, as performatives and message sections are.
    ///
    /// Empty fields at the end are left out.
    mutating func describedList(_ descriptor: UInt64, _ fields: [AMQPValue]) {
        byte(0)
        value(.ulong(descriptor))
        let used = fields.lastIndex { $0 != .null }.map { $0 + 1 } ?? 0
        value(.list(Array(fields.prefix(used))))
    }

    mutating func patch(_ number: UInt32, at index: Int) {
        withUnsafeBytes(of: number.bigEndian) { bytes.replaceSubrange(index..<index + 4, with: $0) }
    }
}
