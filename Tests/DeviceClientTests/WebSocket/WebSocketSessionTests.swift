import Testing

@testable import DeviceClient

@Suite struct WebSocketSessionTests {
    private func opened(_ after: [UInt8] = []) throws -> WebSocketSession {
        let handshake = WebSocketHandshake(host: "h", port: 443, subprotocol: "mqtt", nonce: Array(0..<16))
        var session = WebSocketSession(handshake, peer: "h:443")
        let early = session.takeOutput()
        #expect(early == [])
        session.start()
        session.start()
        let request = session.takeOutput()
        #expect(request == handshake.request)
        session.send([1])
        let unopened = session.takeOutput()
        #expect(unopened == [])
        let answer = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: \(handshake.accept)\r
            Sec-WebSocket-Protocol: MQTT\r
            \r\n
            """
        #expect(!session.isOpen)
        let payload = session.take(Array(answer.utf8) + after)
        #expect(payload == (after.isEmpty ? [] : [5]))
        return session
    }

    @Test("a session opens, and what follows the answer is taken at once")
    func opening() throws {
        var session = try opened(ServerFrame.make(2, [5]))
        #expect(session.isOpen)
        session.send([1, 2, 3])
        let frame = session.takeOutput()
        #expect(Array(frame[..<2]) == [0x82, 0x83])
        #expect(zip(frame[6...], frame[2...]).map { $0 ^ $1 } == [1, 2, 3])
    }

    @Test("messages are masked with other masks each time, and long ones go in parts that hubs take")
    func masks() throws {
        var session = try opened()
        let bytes = (0..<40_000).map { UInt8($0 % 253) }
        session.send(bytes)
        session.send([9])
        let (payloads, masks) = try session.takeOutput().clientFrames()
        #expect(payloads.map(\.count) == [16_384, 16_384, 7_232, 1])
        #expect(payloads.flatMap(\.self) == bytes + [9])
        #expect(Set(masks).count == 4)
    }

    @Test("a ping is answered, the last of several, and not when the server is slow to read")
    func pings() throws {
        var session = try opened()
        let noPayload = session.take(ServerFrame.make(9, [1]) + ServerFrame.make(9, [2, 3]) + ServerFrame.make(10, []))
        #expect(noPayload == [])
        let output = session.takeOutput()
        #expect(output.first == 0x8A)
        #expect(try output.clientFrames().payloads == [[2, 3]])
        let another = session.take(ServerFrame.make(9, [1]))
        #expect(another == [])
        let slow = session.takeOutput(isSlow: true)
        #expect(slow == [])
        let after = session.takeOutput()
        #expect(after == [])
        #expect(session.isOpen)
    }

    @Test("a close of the server is answered, told with its words, and final")
    func closed() throws {
        var session = try opened()
        let close = ServerFrame.make(8, [0x03, 0xE9] + Array("updating".utf8))
        let payload = session.take(ServerFrame.make(2, [1]) + close + ServerFrame.make(2, [2]))
        #expect(payload == [1])
        #expect(!session.isOpen)
        #expect(session.failure?.reason == .communication)
        #expect(session.failure?.message == "h:443 has closed the WebSocket with code 1001 (going away): updating")
        let output = session.takeOutput()
        #expect(output.first == 0x88)
        #expect(try output.clientFrames().payloads == [[0x03, 0xE9]])
        session.send([1])
        session.close()
        let late = session.take(ServerFrame.make(2, [3]))
        #expect(late == [])
        let nothing = session.takeOutput()
        #expect(nothing == [])
    }

    @Test("a fault of the server ends the session with a code")
    func fault() throws {
        var session = try opened()
        let text = session.take([0x81, 1, 65])
        #expect(text == [])
        #expect(session.failure?.message == "h:443 sent text where bytes were expected over the WebSocket")
        let closes = try session.takeOutput().clientFrames().payloads
        #expect(closes == [[0x03, 0xEB]])
    }

    @Test("closing says goodbye once, and only over an open WebSocket")
    func closing() throws {
        var session = try opened()
        session.close()
        session.close()
        let goodbyes = try session.takeOutput().clientFrames().payloads
        #expect(goodbyes == [[0x03, 0xE8]])
        #expect(session.failure == nil)
        var young = WebSocketSession(WebSocketHandshake(host: "h", port: 1, subprotocol: "mqtt"), peer: "h:1")
        young.close()
        let silence = young.takeOutput()
        #expect(silence == [])
    }

    @Test("what is no HTTP answer is said to be none")
    func noHTTP() {
        var session = WebSocketSession(WebSocketHandshake(host: "h", port: 1, subprotocol: "mqtt"), peer: "h:1")
        session.start()
        let nothing = session.take([0x20, 0x02, 0, 0])
        #expect(nothing == [])
        #expect(session.failure?.message == "h:1 answers the request for a WebSocket with no HTTP response")
    }
}

extension WebSocketSession {
    /// Takes bytes of the server; the payloads in them.
    fileprivate mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        var payload: [UInt8] = []
        bytes.withUnsafeBytes { bytes in receive(bytes) { payload += $0 } }
        return payload
    }
}

extension [UInt8] {
    struct NoFrame: Error {}

    /// Reads frames of a client: payloads and masks.
    fileprivate func clientFrames() throws -> (payloads: [[UInt8]], masks: [[UInt8]]) {
        var payloads: [[UInt8]] = []
        var masks: [[UInt8]] = []
        var rest = self[...]
        while !rest.isEmpty {
            guard rest.count >= 6, let second = rest.dropFirst().first, second & 0x80 != 0 else { throw NoFrame() }
            rest = rest.dropFirst(2)
            var count = Int(second & 0x7F)
            if count == 126 {
                count = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(2)
            }
            let mask = Array(rest.prefix(4))
            let masked = Array(rest.dropFirst(4).prefix(count))
            guard mask.count == 4, masked.count == count else { throw NoFrame() }
            masks.append(mask)
            payloads.append(masked.enumerated().map { $1 ^ mask[$0 % 4] })
            rest = rest.dropFirst(4 + count)
        }
        return (payloads, masks)
    }
}
