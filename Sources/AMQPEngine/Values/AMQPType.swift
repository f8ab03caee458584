/// The types that the elements of an array can have.
///
/// The raw value is the widest constructor of the type, which the writer puts in front of an array's elements.
public enum AMQPType: UInt8, Hashable, Sendable {
    /// `null`.
    case null = 0x40
    /// `ubyte`.
    case ubyte = 0x50
    /// `byte`.
    case byte = 0x51
    /// `boolean`.
    case bool = 0x56
    /// `ushort`.
    case ushort = 0x60
    /// `short`.
    case short = 0x61
    /// `uint`.
    case uint = 0x70
    /// `int`.
    case int = 0x71
    /// `float`.
    case float = 0x72
    /// `char`.
    case char = 0x73
    /// `decimal32`.
    case decimal32 = 0x74
    /// `ulong`.
    case ulong = 0x80
    /// `long`.
    case long = 0x81
    /// `double`.
    case double = 0x82
    /// `timestamp`.
    case timestamp = 0x83
    /// `decimal64`.
    case decimal64 = 0x84
    /// `decimal128`.
    case decimal128 = 0x94
    /// `uuid`.
    case uuid = 0x98
    /// `binary`.
    case binary = 0xB0
    /// `string`.
    case string = 0xB1
    /// `symbol`.
    case symbol = 0xB3
    /// `list`.
    case list = 0xD0
    /// `map`.
    case map = 0xD1
    /// `array`.
    case array = 0xF0

    /// The type of a value; nil for a described one, whose descriptor belongs to the array.
    public init?(_ value: AMQPValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .bool
        case .ubyte: self = .ubyte
        case .ushort: self = .ushort
        case .uint: self = .uint
        case .ulong: self = .ulong
        case .byte: self = .byte
        case .short: self = .short
        case .int: self = .int
        case .long: self = .long
        case .float: self = .float
        case .double: self = .double
        case .decimal32: self = .decimal32
        case .decimal64: self = .decimal64
        case .decimal128: self = .decimal128
        case .char: self = .char
        case .timestamp: self = .timestamp
        case .uuid: self = .uuid
        case .binary: self = .binary
        case .string: self = .string
        case .symbol: self = .symbol
        case .list: self = .list
        case .map: self = .map
        case .array: self = .array
        case .described: return nil
        }
    }

    /// The type that a constructor in the bytes stands for; nil for bytes that AMQP does not know.
    init?(constructor: UInt8) {
        switch constructor {
        case 0x41, 0x42: self = .bool
        case 0x43, 0x52: self = .uint
        case 0x44, 0x53: self = .ulong
        case 0x45, 0xC0: self = .list
        case 0x54: self = .int
        case 0x55: self = .long
        case 0xA0: self = .binary
        case 0xA1: self = .string
        case 0xA3: self = .symbol
        case 0xC1: self = .map
        case 0xE0: self = .array
        default: self.init(rawValue: constructor)
        }
    }
}
