import TestKit
import Testing

@testable import DeviceClient

@Suite struct WebSocketReaderTests {
    /// What a reader makes of pieces: payload bytes together, everything else as text.
    private func read(_ pieces: [ArraySlice<UInt8>]) throws -> (payload: [UInt8], others: [String]) {
        var reader = WebSocketReader()
        var payload: [UInt8] = []
        var others: [String] = []
        for piece in pieces {
            try Array(piece).withUnsafeBytes { bytes in
                var input = bytes
                while let item = try reader.next(&input) {
                    switch item {
                    case .payload(let piece): payload += piece
                    case .ping(let payload): others.append("ping \(payload)")
                    case .pong: others.append("pong")
                    case .close(let code, let reason): others.append("close \(code.map { "\($0)" } ?? "-") \(reason)")
                    }
                }
            }
        }
        return (payload, others)
    }

    @Test("messages whole and in parts, with control frames between, are read however they are cut")
    func everything() throws {
        let long = (0..<300).map { UInt8($0 % 251) }
        let huge = (0..<70_000).map { UInt8($0 % 247) }
        var stream = ServerFrame.make(2, [1, 2, 3])
        stream +=
            ServerFrame.make(2, long, isFinal: false) + ServerFrame.make(9, [7])
            + ServerFrame.make(0, [], isFinal: false)
        stream += ServerFrame.make(10, []) + ServerFrame.make(0, [4])
        stream += ServerFrame.make(2, []) + ServerFrame.make(2, huge)
        stream +=
            ServerFrame.make(9, Array(repeating: 1, count: 125)) + ServerFrame.make(8, [3, 0xE9] + Array("bye".utf8))
        for pieces in Cuts.all(of: stream) {
            let (payload, others) = try read(pieces)
            #expect(payload == [1, 2, 3] + long + [4] + huge)
            #expect(others == ["ping [7]", "pong", "ping \(Array(repeating: 1, count: 125))", "close 1001 bye"])
        }
        #expect(try read([ServerFrame.make(8, [])[...]]).others == ["close - "])
    }

    @Test(
        "what a server must not send is a fault with a code",
        arguments: [
            ([0xC2, 0], 1002, "reserved bits"), ([0x83, 0], 1002, "the unknown kind 3"), ([0x8B, 0], 1002, "kind 11"),
            ([0x82, 0x80, 0, 0, 0, 0], 1002, "masked"), ([0x81, 1, 65], 1003, "text"), ([0x80, 0], 1002, "no message"),
            ([0x02, 0, 0x82, 0], 1002, "inside another"), ([0x09, 0], 1002, "in parts"),
            ([0x89, 126, 0, 126], 1002, "125 bytes"), ([0x88, 1, 3], 1002, "half a code"),
            ([0x88, 2, 0x03, 0xED], 1002, "1005"), ([0x88, 2, 0x03, 0xE7], 1002, "999"),
            ([0x88, 2, 0x13, 0x88], 1002, "5000"),
            ([0x88, 3, 0x03, 0xE8, 0xFF], 1007, "UTF-8"),
            ([0x82, 127, 0, 0, 0, 0, 1, 0, 0, 1], 1009, "16777217 bytes"),
            ([0x82, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0], 1009, "a frame of"),
        ] as [([UInt8], UInt16, String)]
    )
    func faults(_ bytes: [UInt8], _ code: UInt16, _ words: String) throws {
        for pieces in Cuts.all(of: bytes) {
            let fault = try #require(throws: WebSocketReader.Fault.self) { try read(pieces) }
            #expect(fault.code == code)
            #expect(fault.words.contains(words), "\(fault)")
        }
    }

    @Test("damaged streams end in a fault or not at all, and the same however they are cut", arguments: 0..<40)
    func fuzz(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let kind = [0, 1, 2, 2, 2, 8, 9, 10].randomElement(using: &generator) ?? 2
                let size = [0, 1, 2, 125, 126, 300].randomElement(using: &generator) ?? 0
                let payload = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
                stream += ServerFrame.make(UInt8(kind), payload, isFinal: Bool.random(using: &generator))
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<stream.count, using: &generator)
                if Bool.random(using: &generator) {
                    stream[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                } else {
                    stream[index] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            let whole = Result { try read([stream[...]]) }
            let cut = Result { try read(Cuts.random(stream, using: &generator)) }
            switch (whole, cut) {
            case (.success(let whole), .success(let cut)): #expect(whole == cut)
            case (.failure(let whole), .failure(let cut)):
                #expect(whole as? WebSocketReader.Fault == cut as? WebSocketReader.Fault)
            case (.success, .failure), (.failure, .success): Issue.record("\(whole) but \(cut) for \(stream)")
            }
        }
    }
}

/// Frames as a server makes them, good and bad.
enum ServerFrame {
    static func make(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(UInt8(payload.count))
        case ..<65_536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [127, 0, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (24 - 8 * $0)) }
        }
        return bytes + payload
    }
}
