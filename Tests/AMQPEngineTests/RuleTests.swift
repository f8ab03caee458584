import Testing

@testable import AMQPEngine

/// Each of these ends the program when Proton sees it, or lets a peer take what it was not given.
@Suite("peers that break the rules")
struct RuleTests {
    private static func end(_ bytes: [UInt8], _ condition: AMQPError.Condition, creditWindow: Int = 10) {
        let client = RawClient.attached(creditWindow: creditWindow)
        client.received = []
        client.send(bytes)
        #expect(client.events.failures.map(\.condition) == [condition])
        #expect(client.server.isFinished)
        // The peer is told in a close.
        let close: [UInt8] = [0, 0x53, 0x18]
        #expect(client.received.indices.contains { client.received[$0...].starts(with: close) })
        client.send(Raw.transfer(0, id: 0, AMQPMessage().encoded))
        #expect(client.events.deliveries.isEmpty)
    }

    @Test("transfers without an id, without a tag, out of sequence, or into a delivery that is not over")
    func transfers() {
        Self.end(Raw.transfer(id: nil, more: true), .invalidField)
        Self.end(Raw.transfer(id: nil), .invalidField)
        Self.end(Raw.transfer(tag: nil), .invalidField)
        Self.end(Raw.transfer(tag: [UInt8](repeating: 0, count: 33)), .invalidField)
        Self.end(Raw.transfer(id: 5, more: true) + Raw.transfer(id: 6), .invalidField)
        let other = Raw.attach("second", 2, isReceiver: false)
        Self.end(other + Raw.transfer(id: 5, more: true) + Raw.transfer(2, id: 7), .windowViolation)
    }

    @Test("transfers for no link, no session, or over a link that goes the other way")
    func wrongLinks() {
        Self.end(Raw.transfer(9), .unattachedHandle)
        Self.end(Raw.transfer(1), .notAllowed)
        Self.end(Raw.frame(0x14, [.uint(0), .uint(0), .binary([1])], channel: 3), .notAllowed)
        Self.end(Raw.frame(0x14, []), .decodeError)
    }

    @Test("messages without credit")
    func noCredit() {
        Self.end(Raw.transfer(), .transferLimitExceeded, creditWindow: 0)
        let client = RawClient.attached(creditWindow: 3)
        // The hub's answers stay in its output: no credit comes from them for the client.
        for id in 0..<3 as Range<UInt32> { client.server.receive(Raw.transfer(id: id, AMQPMessage().encoded)) }
        client.server.receive(Raw.transfer(id: 3))
        client.settle()
        #expect(client.events.failures.map(\.condition) == [.transferLimitExceeded])
        #expect(client.events.deliveries.count == 3)
    }

    @Test("a sender cannot make credit with a flow")
    func madeCredit() {
        func flow(_ count: AMQPValue) -> [UInt8] {
            Raw.frame(0x13, [.uint(0), .uint(9), .uint(0), .uint(9), .uint(0), count, .uint(1000)])
        }
        Self.end(flow(.uint(.max)), .invalidField)
        Self.end(flow(.null), .invalidField)
        Self.end(flow(.uint(11)), .invalidField)
        // Giving up credit is permitted.
        let client = RawClient.attached()
        client.send(flow(.uint(9)))
        #expect(client.events.failures.isEmpty)
        #expect(client.events.attached.first?.credit == 1)
    }

    @Test("credit beyond what Proton can count is cut, not refused")
    func hugeCredit() throws {
        let client = RawClient.attached()
        client.send(
            Raw.frame(
                0x13,
                [.uint(0), .uint(.max), .uint(0), .uint(.max), .uint(1), .uint(0), .uint(.max)]
            )
        )
        let sender = try #require(client.events.flows.first)
        #expect(sender.credit == Int(AMQPConnection.creditLimit))
        try client.server.send(AMQPMessage().encoded, over: sender)
        client.settle()
        #expect(client.events.failures.isEmpty)
    }

    @Test("handles, names and channels that are in use, out of range, or not there")
    func handles() {
        Self.end(Raw.attach("third", 0, isReceiver: false), .handleInUse)
        Self.end(Raw.attach("to", 5, isReceiver: false), .invalidField)
        Self.end(Raw.attach("x", 70_000, isReceiver: false), .resourceLimitExceeded)
        Self.end(Raw.attach("", 5, isReceiver: false), .invalidField)
        Self.end(Raw.attach("a\0b", 5, isReceiver: false), .invalidField)
        Self.end(Raw.begin, .notAllowed)
        Self.end(Raw.frame(0x11, [.null, .uint(0), .uint(1), .uint(1)], channel: 1024), .framingError)
        Self.end(Raw.frame(0x11, [.ushort(0), .uint(0), .uint(1), .uint(1)], channel: 1), .invalidField)
        Self.end(Raw.frame(0x16, [.uint(7)]), .unattachedHandle)
        Self.end(Raw.frame(0x16, [.uint(0), .bool(true)]) + Raw.frame(0x16, [.uint(0)]), .unattachedHandle)
        Self.end(Raw.frame(0x17, []) + Raw.frame(0x17, []), .notAllowed)
        Self.end(Raw.frame(0x13, [.null, .uint(1), .uint(0), .uint(1), .uint(44)]), .unattachedHandle)
        Self.end(Raw.frame(0x15, [.bool(true), .uint(0)], channel: 9), .notAllowed)
    }

    @Test("frames before the open, and a second one")
    func opens() {
        let client = RawClient()
        client.send(ProtocolHeader.amqp + Raw.begin)
        #expect(client.events.failures.map(\.condition) == [.illegalState])
        Self.end(Raw.open, .illegalState)
    }

    @Test("an answer to a begin of ours that is answered already")
    func twice() throws {
        let server = AMQPConnection(.client(nil), AMQPConfiguration(containerID: "c"))
        server.open()
        server.receive(ProtocolHeader.amqp + Raw.open)
        _ = try server.beginSession()
        _ = try server.beginSession()
        _ = server.takeOutput()
        let answer: [AMQPValue] = [.ushort(0), .uint(0), .uint(9), .uint(9)]
        server.receive(Raw.frame(0x11, answer, channel: 0) + Raw.frame(0x11, answer, channel: 1))
        #expect(server.isFinished)
    }

    @Test("frames that are none")
    func frames() {
        Self.end([0, 0, 0, 7, 2, 0, 0, 0], .framingError)
        Self.end([0, 0, 0, 8, 1, 0, 0, 0], .framingError)
        Self.end([0, 0, 0, 8, 3, 0, 0, 0], .framingError)
        Self.end([0, 1, 0, 1, 2, 0, 0, 0], .framingError)
        Self.end([0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0], .framingError)
        Self.end([0, 0, 0, 8, 2, 1, 0, 0], .framingError)
        Self.end(Raw.frame(0x19, []), .notImplemented)
        Self.end(Raw.frame(0x17, []).dropLast() + [0x41], .decodeError)
        Self.end(Raw.frame(0x16, [.uint(0)], payload: [1]), .framingError)
        Self.end(Raw.frame(0x16, [.string("0")]), .decodeError)
    }

    @Test("unknown states, termini and resumed deliveries are not supported")
    func unsupported() {
        let coordinator = AMQPValue.described(descriptor: .ulong(0x30), value: .list([]))
        Self.end(
            Raw.frame(0x12, [.string("tx"), .uint(5), .bool(false), .null, .null, .null, coordinator]),
            .notImplemented
        )
        let declared = AMQPValue.described(descriptor: .ulong(0x33), value: .list([.binary([1])]))
        Self.end(Raw.frame(0x15, [.bool(true), .uint(0), .null, .null, declared]), .notImplemented)
        Self.end(
            Raw.frame(
                0x14,
                [.uint(0), .uint(0), .binary([1]), .null, .null, .null, .null, .null, .bool(true)]
            ),
            .notImplemented
        )
    }

    @Test("dispositions for deliveries that are not there do nothing")
    func dispositions() {
        let client = RawClient.attached()
        let accepted = AMQPValue.described(descriptor: .ulong(0x24), value: .list([]))
        for (first, last) in [(0, UInt32.max / 2), (5, 9), (UInt32.max, UInt32.max)] {
            for role in [true, false] {
                client.send(Raw.frame(0x15, [.bool(role), .uint(first), .uint(last), .bool(true), accepted]))
            }
        }
        #expect(client.events.failures.isEmpty)
        #expect(client.events.settled.isEmpty)
    }

    @Test("an aborted delivery is forgotten, and its credit comes back")
    func aborted() {
        let client = RawClient.attached(creditWindow: 2)
        for id in 0..<6 as Range<UInt32> {
            client.send(Raw.transfer(id: id, more: true, [1, 2, 3]))
            client.send(
                Raw.frame(
                    0x14,
                    [
                        .uint(0), .null, .null, .null, .null, .bool(false), .null, .null, .null, .bool(true),
                    ]
                )
            )
        }
        client.send(Raw.transfer(id: 6, AMQPMessage(body: .value(.int(1))).encoded))
        #expect(client.events.failures.isEmpty)
        #expect(client.events.deliveries.count == 1)
    }
}
