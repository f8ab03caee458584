import Foundation

/// Damages AMQP as lines, bugs and enemies do, and counts how many frames were hit.
public struct Damage {
    /// How many damaged frames the tests of each suite make in all: the given number, or `AMQP_FUZZ_FRAMES`.
    public static func wanted(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["AMQP_FUZZ_FRAMES"].flatMap { Int($0) } ?? usual
    }

    /// Bytes that mean something in AMQP: constructors, descriptors, sizes.
    private static let pieces: [UInt8] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x52, 0x53, 0x56, 0x60, 0x70, 0x80, 0xA0,
        0xA1, 0xA3, 0xB0, 0xB1, 0xC0, 0xC1, 0xD0, 0xD1, 0xE0, 0xF0, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
        0x18,
        0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x1D,
    ]

    private let stream: [UInt8]
    /// The frames of the stream; the protocol headers stand for themselves.
    public let frames: [[UInt8]]
    /// How many frames were damaged so far.
    public private(set) var count = 0

    /// Takes all that one end of a conversation sends.
    public init(_ stream: [UInt8]) {
        self.stream = stream
        var frames: [[UInt8]] = []
        var rest = stream[...]
        while rest.count >= 8 {
            let size = rest.starts(with: "AMQP".utf8) ? 8 : rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            frames.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(max(size, 8))
        }
        self.frames = frames
    }

    /// The conversation with new damage: one time in four anywhere, else inside frames that stay whole, so that it gets
    /// further than the framing.
    public mutating func next(using generator: inout SeededGenerator) -> [UInt8] {
        guard Int.random(in: 0..<4, using: &generator) > 0 else {
            count += 1
            return Self.apply(to: stream, using: &generator)
        }
        return Array(insideFrames(using: &generator).joined())
    }

    private mutating func insideFrames(using generator: inout SeededGenerator) -> [[UInt8]] {
        var frames = frames
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !frames.isEmpty {
            let index = Int.random(in: 0..<frames.count, using: &generator)
            switch Int.random(in: 0...7, using: &generator) {
            case 0: frames.remove(at: index)
            case 1: frames.insert(frames[index], at: Int.random(in: 0...frames.count, using: &generator))
            case 2: frames.swapAt(index, Int.random(in: 0..<frames.count, using: &generator))
            default:
                guard frames[index].count > 8, frames[index].prefix(4) != Array("AMQP".utf8)[...] else { continue }
                let body = Self.apply(to: Array(frames[index][8...]), using: &generator)
                let head = Array(frames[index][..<8])
                frames[index] = head + body
                withUnsafeBytes(of: UInt32(head.count + body.count).bigEndian) {
                    frames[index].replaceSubrange(0..<4, with: $0)
                }
            }
            count += 1
        }
        return frames
    }

    /// Changes bytes in one to four places.
    public static func apply(to original: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
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
}
