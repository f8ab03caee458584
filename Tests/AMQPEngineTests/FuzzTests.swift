import TestKit
import Testing

@testable import AMQPEngine

/// Fixed seeds: a failure repeats.
///
/// `AMQP_FUZZ_FRAMES` damages more frames.
@Suite("bytes from anywhere")
struct FuzzTests {
    /// For each of the four runs.
    private static let damagedFrames = Damage.wanted(32_000) / 4

    /// Both directions of a conversation with everything in it.
    static func conversation(_ credential: AMQPSASLCredential?) throws -> (client: [UInt8], server: [UInt8]) {
        let pair = TestPair(credential) { mine, theirs in
            mine.maxFrameSize = 512
            theirs.maxFrameSize = 512
            mine.idleTimeout = 1000
        }
        try converse(pair)
        return (pair.fromClient, pair.fromServer)
    }

    static func converse(_ pair: TestPair) throws {
        pair.client.open()
        pair.exchange()
        let sessions = try [pair.session(), pair.session()]
        var options = AMQPLinkOptions()
        options.creditWindow = 4
        options.properties = [.symbol("com.microsoft:client-version"): .string("fuzz")]
        for session in sessions {
            let up = try pair.attach(.sender, "up", in: session, options)
            _ = try pair.attach(.receiver, "down", in: session, options)
            let down = try #require(pair.serverEvents.attached.last)
            let message = MessageTests.full.encoded
            for round in 0..<3 {
                try pair.client.send(message, over: up, settled: round == 1)
                try pair.server.send(message, over: down, settled: round == 2)
                pair.exchange()
                for delivery in pair.clientEvents.deliveries where !delivery.isSettled {
                    pair.client.settle(delivery.id, round == 0 ? .rejected(AMQPError(.notFound, "x")) : .released)
                }
            }
            try pair.client.send([UInt8](repeating: 1, count: 1500), over: up)
            pair.exchange()
            pair.client.detach(up, AMQPError(.detachForced))
            pair.exchange()
            _ = try pair.attach(.sender, "up", in: session, options)
            pair.server.detach(down, AMQPError(.stolen))
            pair.exchange()
        }
        pair.client.end(sessions[0])
        pair.exchange()
        pair.client.close()
        pair.exchange()
    }

    /// Gives an end the bytes in random pieces, does what its owner would, and drops it wherever it then stands.
    private static func run(
        _ end: AMQPConnection,
        _ bytes: [UInt8],
        _ generator: inout SeededGenerator,
        acts: Bool = true
    ) -> Int {
        var position = 0
        var now: Int64 = 1
        var events = 0
        // What answers a client's frame cannot come before that frame was taken from it.
        let largest = if case .client = end.role { 50 } else { 400 }
        var options = AMQPLinkOptions()
        options.creditWindow = 4
        options.maxMessageSize = 20_000
        if case .client = end.role {
            end.open()
            _ = try? end.beginSession()
        }
        var links: [AMQPLink] = []
        while position < bytes.count {
            let count = min(bytes.count - position, Int.random(in: 1...largest, using: &generator))
            end.receive(Array(bytes[position..<position + count]))
            position += count
            while let event = end.nextEvent() {
                events += 1
                switch event {
                case .saslInit: end.answerSASL(.ok)
                case .opened:
                    if end.isOpenSent { _ = try? end.beginSession() } else { end.open() }
                case .sessionBegun(let session):
                    end.accept(session)
                    if !session.isRemote { attach(session, end, options) }
                case .linkAttached(let link):
                    links.append(link)
                    if acts, Int.random(in: 0..<8, using: &generator) == 0 {
                        end.refuse(link, AMQPError(.notFound, "no"))
                    } else {
                        end.accept(link, options)
                    }
                case .delivery(let delivery):
                    end.settle(delivery.id, .accepted)
                    _ = try? AMQPMessage(decoding: delivery.bytes)
                default: break
                }
            }
            if acts { act(end, links.randomElement(using: &generator), &generator) }
            now += 300
            _ = end.tick(now)
            _ = end.takeOutput()
        }
        if Bool.random(using: &generator) { end.receiveEnd() }
        return events
    }

    private static func attach(_ session: AMQPSession, _ end: AMQPConnection, _ options: AMQPLinkOptions) {
        let terminus = AMQPTerminus("a")
        for (role, name) in [(AMQPLink.Role.sender, "up"), (.receiver, "down"), (.sender, "up")] {
            _ = try? end.attach(role, name, in: session, source: terminus, target: terminus, options)
        }
    }

    /// Owners act at bad moments, too.
    private static func act(_ end: AMQPConnection, _ link: AMQPLink?, _ generator: inout SeededGenerator) {
        guard let link else { return }
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: end.detach(link, AMQPError(.detachForced, "fuzz"))
        case 1: end.end(link.session)
        case 2, 3, 4: _ = try? end.send([UInt8](repeating: 3, count: 900), over: link, settled: true)
        case 5, 6: _ = try? end.send([1], over: link)
        case 7: end.drained(link)
        case 8: end.grant(3, to: link)
        default: break
        }
        if Int.random(in: 0..<200, using: &generator) == 0 { end.close(AMQPError(.connectionForced)) }
    }

    @Test(
        "the conversation itself runs to its end on either end, so that damage can be anywhere in it",
        arguments: [nil, .cbs] as [AMQPSASLCredential?],
        [true, false]
    )
    func undamaged(credential: AMQPSASLCredential?, isServer: Bool) throws {
        let recorded = try Self.conversation(credential)
        var generator = SeededGenerator(seed: 1)
        let role: AMQPRole = isServer ? .server(mechanisms: ["MSSBCBS"]) : .client(credential)
        let end = AMQPConnection(role, AMQPConfiguration(containerID: "replay"))
        let events = Self.run(end, isServer ? recorded.client : recorded.server, &generator, acts: false)
        #expect(events >= 25)
        #expect(end.isFinished)
    }

    @Test(
        "damaged conversations never crash either end, and take no memory",
        arguments: [nil, .cbs] as [AMQPSASLCredential?],
        [true, false]
    )
    func mutations(credential: AMQPSASLCredential?, isServer: Bool) throws {
        let recorded = try Self.conversation(credential)
        let stream = isServer ? recorded.client : recorded.server
        var damage = Damage(stream)
        #expect(damage.frames.joined().elementsEqual(stream))
        var generator = SeededGenerator(seed: isServer ? 21 : 22)
        var events = 0
        var failures = 0
        var rounds = 0
        let memory = Memory()
        while damage.count < Self.damagedFrames {
            let bytes = damage.next(using: &generator)
            let role: AMQPRole = isServer ? .server(mechanisms: ["MSSBCBS"]) : .client(credential)
            var configuration = AMQPConfiguration(containerID: "fuzz")
            configuration.maxFrameSize = 512
            configuration.idleTimeout = 60_000
            let end = AMQPConnection(role, configuration)
            events += Self.run(end, bytes, &generator)
            if end.isFinished { failures += 1 }
            rounds += 1
            if rounds == 500 { memory.mark() }
        }
        // Damage that is refused at once proves nothing, and neither does damage that hurts nobody.
        #expect(events > rounds * 5)
        #expect(failures > rounds / 10)
        #expect(memory.growth < 20_000_000)
    }

    @Test("connections on several threads at once do not disturb each other")
    func threads() async throws {
        let expected = try Self.conversation(.cbs)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    // The message has a UUID of its own each time, of the same length.
                    try (0..<100).allSatisfy { _ in
                        let mine = try Self.conversation(.cbs)
                        return mine.client.count == expected.client.count && mine.server.count == expected.server.count
                    }
                }
            }
            for try await same in group { #expect(same) }
        }
    }

    @Test("random bytes behind a good opening never crash", arguments: [31, 32] as [UInt64])
    func garbage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let client = RawClient.attached()
            for _ in 0..<3 {
                let code = UInt8.random(in: 0x10...0x18, using: &generator)
                let noise = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                let list =
                    [0, 0x53, code, 0xC0, UInt8(noise.count + 1), UInt8.random(in: 0...14, using: &generator)] + noise
                client.send([0, 0, 0, UInt8(8 + list.count), 2, 0, 0, 0] + list)
            }
        }
    }
}
