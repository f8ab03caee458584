import TestKit
import Testing

@testable import AMQPEngine

@Suite("memory")
struct MemoryTests {
    /// What one connection does in its life.
    private func live(_ cut: Int) throws {
        let pair = TestPair(.cbs)
        pair.client.open()
        if cut == 0 { return }
        pair.exchange()
        if cut == 1 { return }
        let session = try pair.session()
        if cut == 2 { return }
        let up = try pair.attach(.sender, "up", in: session)
        var options = AMQPLinkOptions()
        options.creditWindow = 3
        options.properties = [.symbol("com.microsoft:api-version"): .string("2020-09-30")]
        _ = try pair.attach(.receiver, "down", in: session, options)
        let message = MessageTests.full.encoded
        try pair.client.send(message, over: up)
        try pair.server.send(message, over: try #require(pair.serverEvents.attached.last))
        if cut == 3 { return }
        pair.exchange()
        if cut == 4 { return }
        pair.client.settle(try #require(pair.clientEvents.deliveries.first).id, .rejected(AMQPError(.notFound, "x")))
        pair.exchange()
        if cut == 5 { return }
        pair.server.detach(try #require(pair.serverEvents.attached.last), AMQPError(.stolen, "again"))
        if cut == 6 { return }
        pair.exchange()
        pair.client.close()
        pair.exchange()
        #expect(pair.server.isFinished)
    }

    @Test("10,000 connections that were opened, used and closed leave nothing behind")
    func whole() throws {
        for _ in 0..<500 { try live(7) }
        var resident: [Int] = [Memory.resident]
        let growth = try Memory.leastGrowth(upTo: 400_000) {
            for _ in 0..<10_000 { try live(7) }
            resident.append(Memory.resident)
        }
        // The smallest object that can be lost would make 480,000.
        #expect(growth < 400_000)
        let least = zip(resident, resident.dropFirst()).map { $1 - $0 }.min() ?? .max
        #expect(least < 16_000_000 || !Memory.isMeasured)
    }

    @Test("connections that are dropped in any state leave nothing behind", arguments: 0...6)
    func early(cut: Int) throws {
        for _ in 0..<200 { try live(cut) }
        let growth = try Memory.leastGrowth(upTo: 40_000) {
            for _ in 0..<1_000 { try live(cut) }
        }
        #expect(growth < 40_000)
    }

    @Test("links and sessions that end with messages half sent leave nothing behind", arguments: 0..<4)
    func halfSent(kind: Int) throws {
        let (isSending, hasSession) = (kind.isMultiple(of: 2), kind >= 2)
        let client = RawClient.attached()
        let channel: UInt16 = hasSession ? 1 : 0
        var round = 0
        func interrupt() throws {
            client.events = []
            client.received = []
            if hasSession {
                client.send(Raw.frame(0x11, [.null, .uint(0), .uint(9), .uint(9)], channel: channel))
            }
            client.send(Raw.attach("half", 2, isReceiver: isSending, channel: channel))
            if isSending {
                // Credit, but no window.
                let flow: [AMQPValue] = [.uint(0), .uint(0), .uint(0), .uint(9), .uint(2), .uint(0), .uint(5)]
                client.send(Raw.frame(0x13, flow, channel: channel))
                let sender = try #require(client.events.flows.first)
                try client.server.send([UInt8](repeating: 1, count: 500), over: sender)
                client.settle()
            } else {
                let id = hasSession ? 0 : UInt32(round)
                let fields: [AMQPValue] = [.uint(2), .uint(id), .binary([1]), .null, .null, .bool(true)]
                client.send(Raw.frame(0x14, fields, channel: channel, payload: [UInt8](repeating: 1, count: 500)))
            }
            client.send(Raw.frame(0x16, [.uint(2), .bool(true)], channel: channel))
            if hasSession { client.send(Raw.frame(0x17, [], channel: channel)) }
            #expect(client.events.failures.isEmpty)
            round += 1
        }
        for _ in 0..<1_000 { try interrupt() }
        let growth = try Memory.leastGrowth(upTo: 80_000) {
            for _ in 0..<2_000 { try interrupt() }
        }
        #expect(growth < 80_000)
        #expect(client.server.linkCount == 2)
    }

    @Test("one connection with ten thousand links, sessions and messages does not grow")
    func long() throws {
        let pair = TestPair.opened()
        func exchange() throws {
            let session = try pair.session()
            let link = try pair.attach(.sender, "up", in: session)
            try pair.client.send([1, 2, 3], over: link)
            pair.exchange()
            pair.client.detach(link)
            pair.exchange()
            pair.client.end(session)
            pair.exchange()
            pair.clientEvents = []
            pair.serverEvents = []
        }
        // The pair keeps the bytes of both directions for replays.
        func limit() -> Int { 100_000 + 2 * (pair.fromClient.capacity + pair.fromServer.capacity) }
        for _ in 0..<1_000 { try exchange() }
        let growth = try Memory.leastGrowth(upTo: limit()) {
            for _ in 0..<9_000 { try exchange() }
        }
        #expect(growth < limit())
    }
}
