import NIOCore

@testable import LocalHub

/// Ways to cut a stream of bytes into the pieces in which it arrives.
enum Cuts {
    /// Whole, byte by byte, and in random pieces.
    static func all(of bytes: [UInt8], seed: UInt64 = 1) -> [[ArraySlice<UInt8>]] {
        var generator = SeededGenerator(seed: seed)
        return [[bytes[...]], bytes.indices.map { bytes[$0...$0] }]
            + (0..<5).map { _ in random(bytes, using: &generator) }
    }

    static func random(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...max(1, bytes.count / 3), using: &generator))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }

    /// What a decoder makes of the pieces, as the hub's handler drives it: packets, and the error that ended it.
    static func decode(_ pieces: [ArraySlice<UInt8>]) -> (packets: [MQTTClientPacket], error: MQTTDecodingError?) {
        var decoder = MQTTFrameDecoder()
        var packets: [MQTTClientPacket] = []
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            do throws(MQTTDecodingError) {
                while let frame = try decoder.next() { packets.append(try MQTTClientPacket(frame)) }
            } catch {
                return (packets, error)
            }
            decoder.compact()
        }
        return (packets, nil)
    }
}
