import Testing

@testable import AMQPEngine

@Suite("openings")
struct OpeningTests {
    @Test(
        "a connection opens with each mechanism that clients use, and without SASL",
        arguments: [
            nil, .cbs, .anonymous, .external, .plain(user: "press@sas.hub", password: "SharedAccessSignature sr=…"),
        ] as [AMQPSASLCredential?],
        [nil, 1, 3] as [Int?]
    )
    func mechanisms(credential: AMQPSASLCredential?, pieceSize: Int?) throws {
        let pair = TestPair(credential) { mine, theirs in
            mine.properties = [.symbol("product"): .string("twinfleet")]
            mine.idleTimeout = 120_000
            theirs.idleTimeout = 240_000
            theirs.channelMax = 7
        }
        pair.pieceSize = pieceSize
        pair.client.open()
        pair.exchange()
        #expect(pair.serverEvents.inits.map(\.mechanism) == [credential?.mechanism].compactMap { $0 })
        #expect(pair.serverEvents.inits.first?.response == credential?.response)
        #expect(pair.clientEvents.outcomes == (credential == nil ? [] : [.ok]))
        let seen = try #require(pair.serverEvents.opens.first)
        #expect(seen.containerID == "device")
        #expect(seen.hostname == "hub.example")
        #expect(seen.idleTimeout == 120_000)
        #expect(seen.maxFrameSize == 65_536)
        #expect(seen.properties[symbol: "product"] == .string("twinfleet"))
        let answer = try #require(pair.clientEvents.opens.first)
        #expect(answer.containerID == "hub")
        #expect(answer.idleTimeout == 240_000)
        #expect(answer.channelMax == 7)
        #expect(Array(pair.fromClient[4..<8]) == (credential == nil ? [0, 1, 0, 0] : [3, 1, 0, 0]))
    }

    @Test("PLAIN gives user and password, with or without an identity in front")
    func plain() {
        let plain = AMQPSASLCredential.plain(user: "dev1@sas.hub", password: "token=1&x")
        let initial = AMQPSASLInit(mechanism: "PLAIN", response: plain.response)
        #expect(initial.plain?.user == "dev1@sas.hub")
        #expect(initial.plain?.password == "token=1&x")
        #expect(AMQPSASLInit(mechanism: "PLAIN", response: Array("a\0b\0c".utf8)).plain?.user == "b")
        #expect(AMQPSASLInit(mechanism: "PLAIN", response: Array("ab".utf8)).plain == nil)
        #expect(AMQPSASLInit(mechanism: "PLAIN", response: [0, 0xFF, 0, 1]).plain == nil)
        #expect(AMQPSASLInit(mechanism: "EXTERNAL", response: plain.response).plain == nil)
    }

    @Test("a wrong password ends the connection with an outcome, and the next bytes are dropped")
    func wrongPassword() {
        let pair = TestPair(.plain(user: "u", password: "p"))
        pair.serve = { server, event in
            guard case .saslInit = event else { return false }
            server.answerSASL(.auth)
            return true
        }
        pair.client.open()
        pair.exchange()
        #expect(pair.clientEvents.outcomes == [.auth])
        #expect(pair.client.isFinished)
        #expect(pair.server.isFinished)
        pair.server.receive(ProtocolHeader.amqp + Raw.open)
        #expect(pair.server.nextEvent() == nil)
        #expect(pair.server.takeOutput().isEmpty)
    }

    @Test("the answer to SASL may come later; what the client sent on meanwhile waits")
    func laterAnswer() {
        let client = RawClient()
        client.server.receive(ProtocolHeader.sasl)
        let initial = SASLFrame.initial(AMQPSASLInit(mechanism: "MSSBCBS", response: nil, hostname: nil))
        client.server.receive(initial.bytes + ProtocolHeader.amqp + Raw.open)
        guard case .saslInit = client.server.nextEvent() else {
            Issue.record("no init")
            return
        }
        #expect(client.server.nextEvent() == nil)
        client.server.answerSASL(.ok)
        client.settle()
        #expect(client.events.opens.map(\.hostname) == ["localhost"])
    }

    @Test("a client that floods instead of waiting for the outcome is cut off")
    func flood() {
        let client = RawClient()
        client.server.receive(ProtocolHeader.sasl)
        let initial = SASLFrame.initial(AMQPSASLInit(mechanism: "MSSBCBS", response: nil, hostname: nil))
        client.server.receive(initial.bytes + [UInt8](repeating: 0, count: 10_000))
        #expect(client.server.isFinished)
    }

    @Test("a mechanism that was not offered fails on either side")
    func notOffered() {
        let pair = TestPair(.external, mechanisms: ["ANONYMOUS"])
        pair.client.open()
        pair.exchange()
        #expect(pair.clientEvents.failures.map(\.condition) == [.unauthorizedAccess])
        let raw = RawClient()
        raw.send(ProtocolHeader.sasl)
        raw.send(SASLFrame.initial(AMQPSASLInit(mechanism: "GSSAPI", response: nil, hostname: nil)).bytes)
        #expect(raw.events.failures.count == 1)
        #expect(raw.server.isFinished)
        #expect(raw.received.suffix(16) == SASLFrame.outcome(.auth).bytes[...])
    }

    @Test(
        "another protocol gets the header of this one, and nothing else",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n", "AMQP\u{1}\u{1}\u{0}\u{9}", "AMQP\u{2}\u{1}\u{0}\u{0}", "\u{16}\u{3}\u{1}aaaaaa",
        ]
    )
    func otherProtocols(text: String) {
        let client = RawClient()
        client.send(Array(text.utf8))
        #expect(client.received == ProtocolHeader.amqp)
        #expect(client.server.isFinished)
        #expect(client.events.failures.map(\.condition) == [.framingError])
    }
}
