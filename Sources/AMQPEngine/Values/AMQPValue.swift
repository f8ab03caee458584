public import Foundation

/// A value of AMQP 1.0's type system, with its type: an `int` 200 is not a `uint` 200, and a symbol is no string.
///
/// Only the width of an encoding (`smallulong` or `ulong0` for a `ulong`) is not kept; the writer takes the shortest.
/// Source: OASIS AMQP 1.0 part 1, "Types".
public enum AMQPValue: Hashable, Sendable {
    /// No value.
    case null
    /// `boolean`.
    case bool(Bool)
    /// `ubyte`.
    case ubyte(UInt8)
    /// `ushort`.
    case ushort(UInt16)
    /// `uint`.
    case uint(UInt32)
    /// `ulong`.
    case ulong(UInt64)
    /// `byte`.
    case byte(Int8)
    /// `short`.
    case short(Int16)
    /// `int`.
    case int(Int32)
    /// `long`.
    case long(Int64)
    /// `float`.
    case float(Float)
    /// `double`.
    case double(Double)
    /// `decimal32`, as its four bytes.
    case decimal32(UInt32)
    /// `decimal64`, as its eight bytes.
    case decimal64(UInt64)
    /// `decimal128`, as its sixteen bytes, high half first.
    case decimal128(UInt64, UInt64)
    /// `char`, as its UTF-32 number.
    case char(UInt32)
    /// `timestamp`, milliseconds since 1970.
    case timestamp(Int64)
    /// `uuid`.
    case uuid(UUID)
    /// `binary`.
    case binary([UInt8])
    /// `string`.
    case string(String)
    /// `symbol`; ASCII.
    case symbol(String)
    /// `list`.
    case list([AMQPValue])
    /// `map`, in the order of its bytes.
    case map(AMQPMap)
    /// `array`: values of one type.
    indirect case array(AMQPArray)
    /// A value with a descriptor in front.
    indirect case described(descriptor: AMQPValue, value: AMQPValue)
}

extension AMQPValue {
    /// The text of a string or a symbol.
    public var text: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        default: nil
        }
    }

    /// A whole number of any width, when it fits an `Int64`.
    public var integer: Int64? {
        switch self {
        case .ubyte(let number): Int64(number)
        case .ushort(let number): Int64(number)
        case .uint(let number): Int64(number)
        case .ulong(let number): Int64(exactly: number)
        case .byte(let number): Int64(number)
        case .short(let number): Int64(number)
        case .int(let number): Int64(number)
        case .long(let number): number
        default: nil
        }
    }
}
