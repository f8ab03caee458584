import NIOCore
import TestKit
import Testing

@testable import LocalHub

/// Fixed seeds: a failure names the round, and repeats.
@Suite("WebSocket bytes from anywhere")
struct WebSocketFuzzTests {
    private static let frames: [ClientFrame] =
        [
            .binary([1, 2, 3]), .binary([]), .binary(Array(repeating: 1, count: 200)), .ping([7]), ClientFrame(10),
            .close(1000), .close(), .close(3000, Array("done".utf8)), ClientFrame(1, [65]),
            ClientFrame.binary([4]).with { $0.mask = nil }, ClientFrame.binary([4]).with { $0.reserved = 1 },
        ] + ClientFrame.fragments([[5], [6], [7]])

    @Test("damaged frames end the connection cleanly or not at all", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<1_500 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                bytes += Self.frames.randomElement(using: &generator)?.bytes ?? []
            }
            MQTTFuzzTests.damage(&bytes, using: &generator)
            let whole = try outcome(of: [bytes[...]], round)
            let cut = try outcome(of: Cuts.random(bytes, using: &generator), round)
            if whole != cut { Issue.record("round \(round): pieces change the meaning of \(bytes)") }
        }
    }

    private struct Outcome: Equatable {
        var received: [UInt8]
        var frames: [HubFrame]
        var isClosed: Bool
    }

    /// What becomes of a client's bytes; it must be one of two: the connection goes on and only pongs were sent, or it is
    /// closed, and the hub's last word is one goodbye.
    private func outcome(of pieces: [ArraySlice<UInt8>], _ round: Int) throws -> Outcome {
        let driver = try WebSocketDriver()
        for piece in pieces { try driver.send(piece) }
        let outcome = Outcome(received: driver.received, frames: try driver.frames(), isClosed: driver.isClosed)
        let goodbyes = outcome.frames.filter { $0.opcode == 8 }
        let isRight =
            outcome.isClosed
            ? goodbyes.count == 1 && outcome.frames.last?.opcode == 8 && isKnown(goodbyes.first) : goodbyes.isEmpty
        if !isRight || outcome.frames.contains(where: { $0.opcode == 2 }) || driver.errors.count > 1 {
            Issue.record("round \(round): \(outcome) after \(pieces.flatMap(\.self)), errors \(driver.errors)")
        }
        try driver.finish()
        return outcome
    }

    /// Whether a goodbye is one that the hub may say: its own codes, or the echo of what a client may say.
    private func isKnown(_ frame: HubFrame?) -> Bool {
        guard let data = frame?.data else { return false }
        guard data.count == 2 else { return data.isEmpty }
        let code = UInt16(data[0]) << 8 | UInt16(data[1])
        return (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
    }
}
