import NIOCore
import NIOEmbedded
import TestKit
import Testing

@testable import LocalHub

@Suite("WebSocket frames")
struct WebSocketFrameTests {
    private static let text = Array("The quick brown fox jumps over the lazy dog".utf8)

    @Test("the bytes of frames come out as one stream, whatever pieces the frames come in")
    func stream() throws {
        let frames =
            [ClientFrame.binary(Self.text)]
            + ClientFrame.fragments([Array(Self.text.prefix(5)), [], Array(Self.text.dropFirst(5))])
            + [.binary([]), .binary(Array(repeating: 7, count: 70_000))]
        let bytes = frames.flatMap(\.bytes)
        // Byte by byte takes long with the large one.
        for pieces in Cuts.all(of: bytes) where pieces.count < 10_000 {
            let driver = try WebSocketDriver()
            for piece in pieces { try driver.send(piece) }
            #expect(driver.received == Self.text + Self.text + Array(repeating: 7, count: 70_000))
            #expect(!driver.isClosed)
            #expect(try driver.writes().isEmpty)
            try driver.finish()
        }
        let driver = try WebSocketDriver()
        for byte in frames[0].bytes { try driver.send([byte]) }
        #expect(driver.received == Self.text)
        try driver.finish()
    }

    @Test("a fragment's bytes are handed on before the message has ended")
    func fragments() throws {
        let driver = try WebSocketDriver()
        try driver.send(ClientFrame.fragments([[1, 2], [3]])[0])
        #expect(driver.received == [1, 2])
        try driver.finish()
    }

    @Test("control frames may come between fragments; a ping is answered at the end of the read, a pong is not")
    func control() throws {
        let driver = try WebSocketDriver()
        let parts = ClientFrame.fragments([[1], [2], [3]])
        try driver.send(parts[0], .ping([9, 9]), parts[1], ClientFrame(10, [8]), .ping(), parts[2])
        #expect(driver.received == [1, 2, 3])
        #expect(try driver.frames() == [.pong([9, 9]), .pong([])])
        #expect(driver.flushes == 1)
        #expect(!driver.isClosed)
        try driver.finish()
    }

    @Test("lengths may be written in more bytes than they need", arguments: [2, 8])
    func wide(_ width: Int) throws {
        let driver = try WebSocketDriver()
        try driver.send(ClientFrame.binary([1, 2, 3]).with { $0.length = .wide(width) })
        #expect(driver.received == [1, 2, 3])
        try driver.finish()
    }

    @Test("the largest frame is taken")
    func largest() throws {
        let driver = try WebSocketDriver()
        try driver.send(ClientFrame.binary(Array(repeating: 1, count: WebSocketHandler.largestFrame)))
        #expect(driver.received.count == WebSocketHandler.largestFrame)
        try driver.finish()
    }

    static let wrong: [(name: String, frames: [ClientFrame], code: UInt16)] = [
        ("not masked", [ClientFrame.binary([1]).with { $0.mask = nil }], 1002),
        ("an empty frame that is not masked", [ClientFrame.binary([]).with { $0.mask = nil }], 1002),
        ("a ping that is not masked", [ClientFrame.ping().with { $0.mask = nil }], 1002),
        ("reserved bit 1", [ClientFrame.binary([1]).with { $0.reserved = 4 }], 1002),
        ("reserved bit 2", [ClientFrame.binary([1]).with { $0.reserved = 2 }], 1002),
        ("reserved bit 3", [ClientFrame.binary([1]).with { $0.reserved = 1 }], 1002),
        ("opcode 3", [ClientFrame(3)], 1002),
        ("opcode 15", [ClientFrame(15)], 1002),
        ("a continuation of nothing", [ClientFrame(0, [1])], 1002),
        ("a continuation of what has ended", [.binary([]), ClientFrame(0, [1])], 1002),
        ("a message in a message", [ClientFrame.fragments([[], []])[0], .binary([1])], 1002),
        ("a ping in fragments", [ClientFrame.ping().with { $0.isLast = false }], 1002),
        ("a ping of 126 bytes", [.ping(Array(repeating: 1, count: 126))], 1002),
        ("text", [ClientFrame(1, Array("hello".utf8))], 1003),
        ("too large", [ClientFrame.binary([]).with { $0.length = .claimed(512 * 1024 + 1) }], 1009),
        ("larger than any integer", [ClientFrame.binary([]).with { $0.length = .claimed(.max) }], 1009),
        ("half a close code", [ClientFrame(8, [3])], 1002),
        ("a close code below 1000", [.close(999)], 1002),
        ("close code 1005", [.close(1005)], 1002),
        ("close code 1006", [.close(1006)], 1002),
        ("close code 1015", [.close(1015)], 1002),
        ("a close code of nobody", [.close(2000)], 1002),
        ("a close code above 4999", [.close(5000)], 1002),
        ("a reason that is not text", [.close(1000, [0xFF])], 1007),
    ]

    @Test("what the rules forbid ends the connection with the code that says so", arguments: wrong)
    func violations(_ name: String, _ frames: [ClientFrame], _ code: UInt16) throws {
        let driver = try WebSocketDriver()
        let more = [ClientFrame.binary([66]), .ping(), .close(1000)].flatMap(\.bytes)
        try driver.send(frames.flatMap(\.bytes) + more)
        #expect(try driver.frames() == [.close(code)])
        #expect(driver.isClosed)
        #expect(!driver.received.contains(66))
        #expect(driver.errors.count == 1)
        #expect(driver.errors.first is WebSocketViolation)
    }

    @Test(
        "a goodbye is answered with its own code, and the handler behind learns of it first",
        arguments: [1000, 1001, 1002, 1011, 3000, 4999, nil] as [UInt16?]
    )
    func goodbye(_ code: UInt16?) throws {
        let driver = try WebSocketDriver()
        let reason = code == nil ? [] : Array("so long".utf8)
        try driver.send(.binary([1]), .close(code, reason), .binary([2]))
        #expect(driver.received == [1])
        #expect(driver.sawGoodbye)
        #expect(driver.errors.isEmpty)
        #expect(try driver.frames() == [.close(code)])
        #expect(driver.isClosed)
    }

    @Test("a write is one frame and one piece, of any size", arguments: [0, 1, 125, 126, 65_535, 65_536, 300_000])
    func output(_ size: Int) throws {
        let driver = try WebSocketDriver()
        let bytes = [UInt8](repeating: 5, count: size)
        try driver.channel.writeOutbound(ByteBuffer(bytes: bytes))
        #expect(try driver.frames() == [.binary(bytes)])
        try driver.finish()
    }

    @Test("when the hub closes it says so once; nothing is written after", arguments: [false, true])
    func close(_ isStopping: Bool) throws {
        let driver = try WebSocketDriver()
        if isStopping { driver.channel.pipeline.triggerUserOutboundEvent(DeviceFarewell.hubStopping, promise: nil) }
        driver.channel.pipeline.close(promise: nil)
        driver.channel.pipeline.close(promise: nil)
        let late = driver.channel.writeAndFlush(ByteBuffer(bytes: [1]))
        #expect(throws: (any Error).self) { try late.wait() }
        #expect(try driver.frames() == [.close(isStopping ? 1001 : 1000)])
        #expect(driver.isClosed)
        try driver.finish()
    }

    @Test("a connection that ends within a frame has ended, no more")
    func cut() throws {
        let driver = try WebSocketDriver()
        try driver.send(ClientFrame.binary([1, 2, 3]).bytes.dropLast())
        try driver.finish()
        #expect(driver.errors.isEmpty)
        #expect(driver.received.isEmpty)
    }

    @Test("reads are asked for by the handler behind only")
    func backPressure() throws {
        let driver = try WebSocketDriver()
        let before = driver.reads
        try driver.send(.binary([1]), .ping())
        #expect(driver.reads == before)
        driver.channel.read()
        #expect(driver.reads == before + 1)
        try driver.finish()
    }
}
