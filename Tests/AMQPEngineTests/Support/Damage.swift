import TestKit

/// Damages bytes as lines, bugs and enemies do.
enum Damage {
    /// Bytes that mean something in AMQP: constructors, descriptors, sizes.
    private static let pieces: [UInt8] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x52, 0x53, 0x56, 0x60, 0x70, 0x80, 0xA0,
        0xA1, 0xA3, 0xB0, 0xB1, 0xC0, 0xC1, 0xD0, 0xD1, 0xE0, 0xF0, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
        0x18,
        0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x1D,
    ]

    static func apply(to original: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, index + Int.random(in: 1...40, using: &generator))
            switch Int.random(in: 0...6, using: &generator) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 1, 2: bytes[index] = pieces.randomElement(using: &generator) ?? 0
            case 3: bytes.remove(at: index)
            case 4: bytes.insert(pieces.randomElement(using: &generator) ?? 0, at: index)
            case 5:
                let piece = Array(bytes[index..<end])
                bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
            default: bytes.removeSubrange(index..<end)
            }
        }
        return bytes
    }

    /// Damages the fields of one frame and leaves the frame itself whole, so that the damage gets further than the framing.
    static func inside(frames: [[UInt8]], using generator: inout SeededGenerator) -> [[UInt8]] {
        var frames = frames
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !frames.isEmpty {
            let index = Int.random(in: 0..<frames.count, using: &generator)
            switch Int.random(in: 0...7, using: &generator) {
            case 0: frames.remove(at: index)
            case 1: frames.insert(frames[index], at: Int.random(in: 0...frames.count, using: &generator))
            case 2: frames.swapAt(index, Int.random(in: 0..<frames.count, using: &generator))
            default:
                guard frames[index].count > 8, frames[index].prefix(4) != Array("AMQP".utf8)[...] else { continue }
                let body = apply(to: Array(frames[index][8...]), using: &generator)
                let head = Array(frames[index][..<8])
                frames[index] = head + body
                withUnsafeBytes(of: UInt32(head.count + body.count).bigEndian) {
                    frames[index].replaceSubrange(0..<4, with: $0)
                }
            }
        }
        return frames
    }
}
