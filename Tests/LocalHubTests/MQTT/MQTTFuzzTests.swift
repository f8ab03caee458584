import NIOCore
import TestKit
import Testing

@testable import LocalHub

/// Fixed seeds: a failure names the round, and repeats.
@Suite("bytes from anywhere")
struct MQTTFuzzTests {
    @Test("random bytes never crash the decoder, and mean the same in all pieces", arguments: [1, 2, 3] as [UInt64])
    func garbage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<8_000 {
            let count = Int.random(in: 0...48, using: &generator)
            expectSameInPieces((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }, &generator)
        }
    }

    @Test("damaged packets never crash the decoder, and mean the same in all pieces", arguments: [4, 5, 6] as [UInt64])
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let packets = MQTTClientPacketTests.valid.map(\.bytes)
        for _ in 0..<5_000 {
            var bytes = packets.randomElement(using: &generator) ?? []
            bytes += packets.randomElement(using: &generator) ?? []
            Self.damage(&bytes, using: &generator)
            expectSameInPieces(bytes, &generator)
        }
    }

    @Test("damaged conversations never crash a session", arguments: [7, 8] as [UInt64])
    func sessions(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let packets = MQTTClientPacketTests.valid.map(\.bytes)
        let now = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<5_000 {
            var session = MQTTSession(at: now)
            var bytes = packets[0]
            for _ in 0..<4 { bytes += packets.randomElement(using: &generator) ?? [] }
            if Bool.random(using: &generator) { Self.damage(&bytes, using: &generator) }
            var isClosed = false
            for packet in Cuts.decode([bytes[...]]).packets {
                var actions = session.received(packet, at: now)
                if case .authenticate = actions.last {
                    actions = session.accept(restored: nil, lifetime: nil, at: now)
                }
                if isClosed, !actions.isEmpty { Issue.record("\(actions) after the close") }
                if case .close = actions.last { isClosed = true }
            }
        }
    }

    private func expectSameInPieces(_ bytes: [UInt8], _ generator: inout SeededGenerator) {
        let whole = Cuts.decode([bytes[...]])
        let cut = Cuts.decode(Cuts.random(bytes, using: &generator))
        // Not with #expect each time: thousands of them would take longer than all the rest.
        if whole.packets != cut.packets || whole.error != cut.error {
            Issue.record("pieces change the meaning of \(bytes)")
        }
        for packet in whole.packets where Cuts.decode([packet.bytes[...]]).packets != [packet] {
            Issue.record("\(packet) was read, but is not read back after writing")
        }
    }

    static func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0...4, using: &generator) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 1: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
            default: bytes.removeSubrange(index...)
            }
        }
    }
}
