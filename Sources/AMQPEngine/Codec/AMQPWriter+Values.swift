import Foundation

extension AMQPWriter {
    /// Writes one value.
    mutating func value(_ value: AMQPValue) {
        switch value {
        case .null: byte(0x40)
        case .bool(let flag): byte(flag ? 0x41 : 0x42)
        case .uint(0): byte(0x43)
        case .ulong(0): byte(0x44)
        case .uint(let number) where number <= 0xFF: small(0x52, UInt8(number))
        case .ulong(let number) where number <= 0xFF: small(0x53, UInt8(number))
        case .int(let number) where Int8(exactly: number) != nil: small(0x54, UInt8(truncatingIfNeeded: number))
        case .long(let number) where Int8(exactly: number) != nil: small(0x55, UInt8(truncatingIfNeeded: number))
        case .binary(let content): variable(0xA0, 0xB0, content)
        case .string(let text): variable(0xA1, 0xB1, text.utf8)
        case .symbol(let text): variable(0xA3, 0xB3, text.utf8)
        case .list(let elements) where elements.isEmpty: byte(0x45)
        case .list(let elements):
            compound(0xC0, 0xD0, count: elements.count) { writer in
                for element in elements { writer.value(element) }
            }
        case .map(let map):
            compound(0xC1, 0xD1, count: map.pairs.count * 2) { writer in
                for pair in map.pairs {
                    writer.value(pair.key)
                    writer.value(pair.value)
                }
            }
        case .described(let descriptor, let value):
            byte(0)
            self.value(descriptor)
            self.value(value)
        default:
            guard let type = AMQPType(value) else { return }
            byte(type.rawValue)
            content(value)
        }
    }

    private mutating func small(_ constructor: UInt8, _ number: UInt8) {
        byte(constructor)
        byte(number)
    }

    /// What follows the widest constructor of a value's type.
    private mutating func content(_ value: AMQPValue) {
        switch value {
        case .null: break
        case .bool(let flag): byte(flag ? 1 : 0)
        case .ubyte(let number): byte(number)
        case .byte(let number): byte(UInt8(bitPattern: number))
        case .ushort(let number): integer(number)
        case .short(let number): integer(number)
        case .uint(let number), .char(let number), .decimal32(let number): integer(number)
        case .int(let number): integer(number)
        case .ulong(let number), .decimal64(let number): integer(number)
        case .long(let number), .timestamp(let number): integer(number)
        case .float(let number): integer(number.bitPattern)
        case .double(let number): integer(number.bitPattern)
        case .decimal128(let high, let low):
            integer(high)
            integer(low)
        case .uuid(let uuid): withUnsafeBytes(of: uuid.uuid) { raw($0) }
        case .binary(let content): sized(content)
        case .string(let text), .symbol(let text): sized(text.utf8)
        case .list(let elements): sized(count: elements.count) { for element in elements { $0.value(element) } }
        case .map(let map):
            sized(count: map.pairs.count * 2) { writer in
                for pair in map.pairs {
                    writer.value(pair.key)
                    writer.value(pair.value)
                }
            }
        case .array(let array):
            sized(count: array.elements.count) { writer in
                if let descriptor = array.descriptor {
                    writer.byte(0)
                    writer.value(descriptor)
                }
                writer.byte(array.type.rawValue)
                for element in array.elements { writer.content(element) }
            }
        case .described: break
        }
    }

    private mutating func sized(_ content: some Collection<UInt8>) {
        integer(UInt32(clamping: content.count))
        raw(content)
    }

    private mutating func sized(count: Int, _ content: (inout AMQPWriter) -> Void) {
        let start = bytes.count
        integer(UInt32(0))
        integer(UInt32(clamping: count))
        content(&self)
        patch(UInt32(clamping: bytes.count - start - 4), at: start)
    }
}
