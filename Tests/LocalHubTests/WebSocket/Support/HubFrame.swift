/// A frame of the hub.
struct HubFrame: Equatable, CustomStringConvertible {
    struct Malformed: Error { var why: String }

    var opcode: UInt8
    var data: [UInt8]

    init(_ opcode: UInt8, _ data: [UInt8]) {
        self.opcode = opcode
        self.data = data
    }

    static func binary(_ data: [UInt8]) -> HubFrame { HubFrame(2, data) }
    static func pong(_ data: [UInt8]) -> HubFrame { HubFrame(10, data) }
    static func close(_ code: UInt16?) -> HubFrame {
        HubFrame(8, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
    }

    var description: String { "opcode \(opcode), \(data.count) bytes: \(data.prefix(20))" }

    /// Reads frames as RFC 6455 has a client read them.
    /// - Throws: `Malformed` when a server may not send these bytes, or they end within a frame.
    static func all(in bytes: [UInt8]) throws -> [HubFrame] {
        var rest = bytes[...]
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw Malformed(why: "\(count) bytes expected, \(rest.count) found") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        var frames: [HubFrame] = []
        while !rest.isEmpty {
            let head = Array(try take(2))
            guard head[0] & 0xF0 == 0x80 else { throw Malformed(why: "a fragment, or reserved bits: \(head[0])") }
            guard head[1] & 0x80 == 0 else { throw Malformed(why: "masked") }
            var count = Int(head[1])
            if count > 125 {
                let least = count == 126 ? 126 : 0x1_0000
                count = try take(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
                guard count >= least else { throw Malformed(why: "a length of \(count) in too many bytes") }
            }
            let opcode = head[0] & 0x0F
            guard [2, 8, 10].contains(opcode) else { throw Malformed(why: "opcode \(opcode)") }
            guard opcode == 2 || count <= 125 else { throw Malformed(why: "\(count) bytes of control") }
            frames.append(HubFrame(opcode, Array(try take(count))))
        }
        return frames
    }
}
