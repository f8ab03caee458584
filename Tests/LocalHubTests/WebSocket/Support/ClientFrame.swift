/// A frame as a client may send it, right or wrong.
struct ClientFrame {
    enum Length {
        case minimal
        /// With this many bytes more for the length, 2 or 8, whatever it is.
        case wide(Int)
        /// A length of eight bytes that is a lie.
        case claimed(UInt64)
    }

    /// Continuation 0, text 1, binary 2, close 8, ping 9, pong 10.
    var opcode: UInt8
    var data: [UInt8]
    var isLast = true
    /// The three reserved bits, 0 to 7.
    var reserved: UInt8 = 0
    /// Nil for a frame that is not masked.
    var mask: [UInt8]? = [0x12, 0x34, 0x56, 0x78]
    var length = Length.minimal

    init(_ opcode: UInt8, _ data: [UInt8] = []) {
        self.opcode = opcode
        self.data = data
    }

    static func binary(_ data: [UInt8]) -> ClientFrame { ClientFrame(2, data) }
    static func ping(_ data: [UInt8] = []) -> ClientFrame { ClientFrame(9, data) }

    /// A goodbye.
    static func close(_ code: UInt16? = nil, _ reason: [UInt8] = []) -> ClientFrame {
        ClientFrame(8, (code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []) + reason)
    }

    /// A binary message in several frames.
    static func fragments(_ parts: [[UInt8]]) -> [ClientFrame] {
        parts.enumerated().map { index, part in
            var frame = ClientFrame(index == 0 ? 2 : 0, part)
            frame.isLast = index == parts.count - 1
            return frame
        }
    }

    func with(_ change: (inout ClientFrame) -> Void) -> ClientFrame {
        var frame = self
        change(&frame)
        return frame
    }

    var bytes: [UInt8] {
        let first = (isLast ? 0x80 : 0) | (reserved & 7) << 4 | (opcode & 0x0F)
        let bit: UInt8 = mask == nil ? 0 : 0x80
        func number(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        let count = UInt64(data.count)
        let size: [UInt8] =
            switch length {
            case .minimal where count < 126: [bit | UInt8(count)]
            case .minimal where count <= 0xFFFF: [bit | 126] + number(count, 2)
            case .wide(2): [bit | 126] + number(count, 2)
            case .minimal, .wide: [bit | 127] + number(count, 8)
            case .claimed(let claim): [bit | 127] + number(claim, 8)
            }
        let key = mask ?? []
        let body = key.isEmpty ? data : data.enumerated().map { $1 ^ key[$0 % 4] }
        return [first] + size + key + body
    }
}
