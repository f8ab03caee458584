import Testing

@testable import AMQPEngine

@Suite("messages on their way")
struct TransferTests {
    private static func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    @Test(
        "a message of 300 KB crosses in frames of any size",
        arguments: [512, 4096, 65_536] as [UInt32],
        [nil, 700] as [Int?]
    )
    func large(frameSize: UInt32, pieceSize: Int?) throws {
        let pair = TestPair.opened { mine, theirs in
            mine.maxFrameSize = frameSize
            theirs.maxFrameSize = frameSize
        }
        pair.pieceSize = pieceSize
        let session = try pair.session()
        let up = try pair.attach(.sender, "up", in: session)
        var options = AMQPLinkOptions()
        options.creditWindow = 2
        _ = try pair.attach(.receiver, "down", in: session, options)
        let body = Self.noise(300_000)
        let message = AMQPMessage(body: .data([body])).encoded
        let id = try pair.client.send(message, over: up, tag: [7])
        try pair.server.send(message, over: try #require(pair.serverEvents.attached.last), settled: true)
        pair.exchange()
        #expect(pair.serverEvents.deliveries.map(\.tag) == [[7]])
        #expect(pair.serverEvents.deliveries.first?.bytes == message)
        #expect(pair.serverEvents.deliveries.first?.isSettled == false)
        #expect(pair.clientEvents.deliveries.first?.bytes == message)
        #expect(pair.clientEvents.deliveries.first?.isSettled == true)
        #expect(pair.clientEvents.settled.first?.id == id)
        #expect(up.unsettledCount == 0)
    }

    @Test("small and large messages of many links share a session's frames in order")
    func interleaved() throws {
        let pair = TestPair.opened { _, theirs in theirs.maxFrameSize = 512 }
        let session = try pair.session()
        let links = try (0..<4).map { try pair.attach(.sender, "link-\($0)", in: session) }
        for round in 0..<5 {
            for (index, link) in links.enumerated() {
                try pair.client.send(Self.noise(index * 700 + round), over: link, settled: round.isMultiple(of: 2))
            }
        }
        pair.exchange()
        #expect(pair.serverEvents.deliveries.count == 20)
        for (index, link) in links.enumerated() {
            let mine = pair.serverEvents.deliveries.filter { $0.link.name == link.name }
            #expect(mine.map(\.bytes) == (0..<5).map { Self.noise(index * 700 + $0) })
        }
    }

    @Test("without credit nothing is sent; more credit comes with the receiver's settling")
    func credit() throws {
        let pair = TestPair.opened()
        pair.serverLinks.creditWindow = 4
        var held: [AMQPDeliveryID] = []
        pair.serve = { _, event in
            guard case .delivery(let delivery) = event else { return false }
            held.append(delivery.id)
            return true
        }
        let link = try pair.attach(.sender, "up", in: try pair.session())
        #expect(link.credit == 4)
        for number in 0..<4 { try pair.client.send([UInt8(number)], over: link) }
        #expect(throws: AMQPError(.transferLimitExceeded, "link up has no credit")) {
            try pair.client.send([9], over: link)
        }
        pair.exchange()
        #expect(link.credit == 0)
        #expect(link.unsettledCount == 4)
        for id in held { pair.server.settle(id, .accepted) }
        pair.exchange()
        #expect(link.credit == 4)
        #expect(link.unsettledCount == 0)
        #expect(pair.clientEvents.flows.contains { $0 === link })
    }

    @Test("an owner may give credit by hand, and a drained sender gives it back")
    func manualCredit() throws {
        let pair = TestPair.opened()
        pair.serverLinks.creditWindow = 0
        let link = try pair.attach(.sender, "up", in: try pair.session())
        #expect(link.credit == 0)
        pair.server.grant(3, to: try #require(pair.serverEvents.attached.first))
        pair.exchange()
        #expect(link.credit == 3)
        pair.client.drained(link)
        pair.exchange()
        #expect(link.credit == 3, "nobody drains")

        let raw = RawClient.attached()
        raw.send(
            Raw.frame(
                0x13,
                [
                    .uint(0), .uint(100), .uint(0), .uint(100), .uint(1), .uint(0), .uint(5), .null, .bool(true),
                ]
            )
        )
        let sender = try #require(raw.events.flows.first)
        #expect(sender.credit == 5)
        #expect(sender.isDraining)
        raw.server.drained(sender)
        raw.settle()
        #expect(sender.credit == 0)
        #expect(raw.events.failures.isEmpty)
    }

    @Test(
        "every outcome arrives as it was given",
        arguments: [
            .accepted, .released, .rejected(nil),
            .rejected(AMQPError("com.microsoft:argument-error", "bad", info: [.symbol("at"): .string("x")])),
            .modified(deliveryFailed: true, undeliverableHere: false, annotations: [.symbol("why"): .int(3)]),
        ] as [AMQPOutcome]
    )
    func outcomes(outcome: AMQPOutcome) throws {
        let pair = TestPair.opened()
        pair.serve = { server, event in
            guard case .delivery(let delivery) = event else { return false }
            server.settle(delivery.id, outcome)
            server.settle(delivery.id, .released)
            return true
        }
        let link = try pair.attach(.sender, "up", in: try pair.session())
        let id = try pair.client.send(AMQPMessage().encoded, over: link)
        pair.exchange()
        #expect(pair.clientEvents.settled.map(\.id) == [id])
        #expect(pair.clientEvents.settled.first?.outcome == outcome)
    }

    @Test("a receiver that settles second answers, and settles when the sender has")
    func second() throws {
        let pair = TestPair.opened()
        var options = AMQPLinkOptions()
        options.receiverSettleMode = .second
        options.creditWindow = 5
        let link = try pair.attach(.receiver, "c2d", in: try pair.session(), options)
        let sender = try #require(pair.serverEvents.attached.first)
        #expect(sender.remote?.receiverSettleMode == .second)
        let tag = [UInt8](repeating: 9, count: 16)
        let sent = try pair.server.send(AMQPMessage(body: .data([[1]])).encoded, over: sender, tag: tag)
        pair.exchange()
        let delivery = try #require(pair.clientEvents.deliveries.first)
        #expect(delivery.tag == tag)
        pair.client.update(delivery.id, .accepted)
        #expect(link.unsettledCount == 1)
        pair.exchange()
        #expect(pair.serverEvents.settled.map(\.id) == [sent])
        #expect(pair.clientEvents.settled.map(\.id) == [delivery.id])
        #expect(link.unsettledCount == 0)
    }

    @Test(
        "a message beyond the link's limit ends the link on both ends, and the connection goes on",
        arguments: [512, 65_536]
    )
    func tooLarge(frameSize: UInt32) throws {
        let pair = TestPair.opened { _, theirs in theirs.maxFrameSize = frameSize }
        pair.serverLinks.maxMessageSize = 2000
        let session = try pair.session()
        let link = try pair.attach(.sender, "up", in: session)
        #expect(throws: AMQPError(.messageSizeExceeded, "the message has 2001 bytes, the peer takes 2000")) {
            try pair.client.send([UInt8](repeating: 1, count: 2001), over: link)
        }
        // A peer that does not keep to what was announced.
        link.remote?.maxMessageSize = nil
        try pair.client.send([UInt8](repeating: 1, count: 100_000), over: link)
        pair.exchange()
        #expect(pair.clientEvents.detached.map(\.error?.condition) == [.messageSizeExceeded])
        #expect(pair.serverEvents.detached.map(\.error?.condition) == [.messageSizeExceeded])
        #expect(pair.serverEvents.deliveries.isEmpty)
        let again = try pair.attach(.sender, "up", in: session)
        try pair.client.send([UInt8](repeating: 1, count: 2000), over: again)
        pair.exchange()
        #expect(pair.serverEvents.deliveries.map(\.bytes.count) == [2000])
    }

    @Test("messages that were on their way when the link was detached are dropped")
    func inFlight() throws {
        let pair = TestPair.opened()
        let session = try pair.session()
        let link = try pair.attach(.sender, "up", in: session)
        for _ in 0..<3 { try pair.client.send([1], over: link) }
        pair.server.detach(try #require(pair.serverEvents.attached.first))
        pair.exchange()
        #expect(pair.serverEvents.deliveries.isEmpty)
        #expect(pair.clientEvents.detached.count == 1)
        let again = try pair.attach(.sender, "up", in: session)
        try pair.client.send([2], over: again)
        pair.exchange()
        #expect(pair.serverEvents.deliveries.map(\.bytes) == [[2]])
    }

    @Test("a tag has 1 to 32 bytes", arguments: [0, 33])
    func tags(count: Int) throws {
        let pair = TestPair.opened()
        let link = try pair.attach(.sender, "up", in: try pair.session())
        #expect(throws: AMQPError.self) {
            try pair.client.send([1], over: link, tag: [UInt8](repeating: 0, count: count))
        }
        try pair.client.send([1], over: link, tag: [UInt8](repeating: 5, count: 32))
        pair.exchange()
        #expect(pair.serverEvents.deliveries.count == 1)
    }
}
