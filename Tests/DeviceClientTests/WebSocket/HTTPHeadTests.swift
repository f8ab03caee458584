import TestKit
import Testing

@testable import DeviceClient

@Suite struct HTTPHeadTests {
    private func read(_ pieces: [ArraySlice<UInt8>]) throws -> (head: HTTPResponseHead?, rest: [UInt8]) {
        var reader = HTTPHeadReader()
        for (index, piece) in pieces.enumerated() {
            guard let (head, count) = try Array(piece).withUnsafeBytes({ try reader.receive($0) }) else { continue }
            return (head, Array(piece.dropFirst(count)) + pieces[(index + 1)...].flatMap(\.self))
        }
        return (nil, [])
    }

    @Test("a head is read however it is cut, and what follows is left alone")
    func pieces() throws {
        let text =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade:websocket\r\nConnection: keep-alive , Upgrade \r\n\r\n\u{1}ab"
        for pieces in Cuts.all(of: Array(text.utf8)) {
            let (head, rest) = try read(pieces)
            #expect(head?.status == 101)
            #expect(head?.reason == "Switching Protocols")
            #expect(head?.list("upgrade") == ["websocket"])
            #expect(head?.list("connection") == ["keep-alive", "Upgrade"])
            #expect(head?.list("missing") == [])
            #expect(rest == [1, 97, 98])
        }
    }

    @Test("a status without words is one, and words are shown without what would upset a terminal")
    func words() throws {
        #expect(try read([Array("HTTP/1.0 204\r\n\r\n".utf8)[...]]).head?.description == "204")
        let text = "HTTP/1.1 503 Not\u{1B}[31m now\r\n\r\n"
        #expect(try read([Array(text.utf8)[...]]).head?.description == "503 Not[31m now")
    }

    @Test(
        "what is no head is said to be none",
        arguments: [
            ("SSH-2.0-x\r\n", "no HTTP response"), ("HTTP/2 200\r\n\r\n", "no HTTP response"),
            ("HTTP/1.1 2x0 OK\r\n\r\n", "no HTTP response"), ("HTTP/1.1 99 OK\r\n\r\n", "no HTTP response"),
            ("HTTP/1.1\r\n\r\n", "no HTTP response"), ("\r\n\r\n", "no HTTP response"),
            ("HTTP/1.1 200 OK\r\nno field\r\n\r\n", "a line that is no field"),
            ("HTTP/1.1 200 OK\r\n: x\r\n\r\n", "a line that is no field"),
        ]
    )
    func malformed(_ text: String, _ words: String) throws {
        let error = try #require(throws: HTTPHeadReader.Malformed.self) { try read([Array(text.utf8)[...]]) }
        #expect(error.words.contains(words), "\(error)")
    }

    @Test("a head without an end is given up")
    func endless() throws {
        var reader = HTTPHeadReader()
        let line = Array("HTTP/1.1 200 OK\r\n".utf8) + Array(repeating: 97, count: 10_000)
        #expect(try line.withUnsafeBytes { try reader.receive($0) } == nil)
        let error = try #require(throws: HTTPHeadReader.Malformed.self) {
            try line.withUnsafeBytes { _ = try reader.receive($0) }
        }
        #expect(error.words.contains("16384"))
    }
}
