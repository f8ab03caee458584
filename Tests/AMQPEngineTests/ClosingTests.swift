import Testing

@testable import AMQPEngine

@Suite("ends of connections")
struct ClosingTests {
    @Test("either end closes with an error, and both are finished", arguments: [true, false])
    func close(byClient: Bool) throws {
        let pair = TestPair.opened()
        let link = try pair.attach(.sender, "up", in: try pair.session())
        let error = AMQPError(.connectionForced, "the hub goes down", info: [.symbol("n"): .int(1)])
        (byClient ? pair.client : pair.server).close(error)
        pair.exchange()
        #expect((byClient ? pair.serverEvents : pair.clientEvents).closes == [error])
        #expect((byClient ? pair.clientEvents : pair.serverEvents).closes == [nil])
        #expect(pair.client.isFinished)
        #expect(pair.server.isFinished)
        #expect(throws: AMQPError.self) { try pair.client.send([1], over: link) }
        #expect(throws: AMQPError.self) { try pair.client.beginSession() }
        #expect(pair.client.takeOutput().isEmpty)
    }

    @Test("a hub may refuse at the open: the client gets an open and the error")
    func refused() {
        let pair = TestPair(.cbs)
        pair.serve = { server, event in
            guard case .opened = event else { return false }
            server.close(AMQPError(.notFound, "no such hub"))
            return true
        }
        pair.client.open()
        pair.exchange()
        #expect(pair.clientEvents.opens.count == 1)
        #expect(pair.clientEvents.closes == [AMQPError(.notFound, "no such hub")])
    }

    @Test("a close goes out though messages wait for the peer's window")
    func closeWithQueue() throws {
        let client = RawClient.attached()
        // Credit, but no window.
        client.send(Raw.frame(0x13, [.uint(0), .uint(0), .uint(0), .uint(100), .uint(1), .uint(0), .uint(5)]))
        let sender = try #require(client.events.flows.first)
        try client.server.send([UInt8](repeating: 1, count: 100), over: sender)
        client.settle()
        client.received = []
        client.server.close(AMQPError(.connectionForced))
        client.settle()
        #expect(client.received == FrameHeader.close(AMQPError(.connectionForced)))
    }

    @Test("the end of the stream is a failure, unless this end has closed")
    func endOfStream() {
        let pair = TestPair.opened()
        pair.client.receiveEnd()
        pair.exchange()
        #expect(pair.clientEvents.failures.map(\.condition) == [.framingError])
        #expect(pair.client.isFinished)

        let other = TestPair.opened()
        other.client.close()
        other.client.receiveEnd()
        #expect(other.client.isFinished)
        guard case .closed(nil) = other.client.nextEvent() else {
            Issue.record("not closed")
            return
        }
    }

    @Test("silence ends the connection after twice what was announced; empty frames keep it")
    func idle() {
        let pair = TestPair.opened { mine, theirs in
            mine.idleTimeout = 10_000
            theirs.idleTimeout = 4_000
        }
        var now: Int64 = 1_000
        // Both ends get their time and their bytes for a minute: nothing happens.
        var beats = 0
        while now < 61_000 {
            let next = [pair.client.tick(now), pair.server.tick(now)].compactMap { $0 }.min()
            let before = pair.fromClient.count
            pair.exchange()
            if pair.fromClient.count > before { beats += 1 }
            now = max(next ?? now + 1_000, now + 1)
        }
        #expect((10...40).contains(beats))
        #expect(pair.clientEvents.isEmpty)
        #expect(pair.serverEvents.isEmpty)
        // Now the client is silent.
        let last = now
        while !pair.server.isFinished, now < last + 60_000 {
            now = max(pair.server.tick(now) ?? now, now + 1)
            _ = pair.server.takeOutput()
        }
        #expect((last + 7_000...last + 9_000).contains(now))
        guard case .failed(let error) = pair.server.nextEvent() else {
            Issue.record("no failure")
            return
        }
        #expect(error.condition == .resourceLimitExceeded)
    }

    @Test("without agreed time-outs there is nothing to tick for")
    func noTicks() {
        let pair = TestPair.opened()
        #expect(pair.client.tick(5) == nil)
        #expect(pair.server.tick(1_000_000) == nil)
    }

    @Test("a peer's idle time-out below 100 ms, or a frame size below 512, is refused")
    func badOpen() {
        for fields: [AMQPValue] in [
            [.string("p"), .null, .null, .null, .uint(1)], [.string("p"), .null, .uint(511)], [],
        ] {
            let client = RawClient()
            client.send(ProtocolHeader.amqp + Raw.frame(0x10, fields))
            #expect(client.events.failures.count == 1)
            #expect(client.server.isFinished)
        }
    }
}
