import AMQPEngine
import IoTHub
import NIOCore
import TestKit
import Testing

@testable import LocalHub

/// Fixed seeds: a failure repeats.
///
/// `AMQP_FUZZ_FRAMES` damages more frames.
@Suite("damaged AMQP conversations")
struct AMQPFuzzTests {
    /// For each of the two seeds.
    private static let damagedFrames = Damage.wanted(3_000) / 2

    /// All that a client sends in a conversation with everything in it.
    private static func conversation() throws -> [UInt8] {
        let driver = AMQPPeerDriver(.cbs, maxFrameSize: 512)
        let session = try driver.begin()
        for id in ["a", "b"] { try driver.put(id, session) }
        for id in ["a", "b"] {
            let twin = try driver.twin(id, session, pair: "twin:\(id)")
            for operation in ["PUT", "GET", "DELETE", "PATCH"] {
                let resource = operation == "PATCH" ? AMQPTestDevice.reported : AMQPTestDevice.desired
                let message = AMQPTestDevice.request(operation, resource: resource, version: .null, "{}")
                try driver.send(message, over: twin.up, settled: operation == "GET")
                driver.peer.deliver(DesiredChange(patch: ["n": 1], version: 7), to: id)
                driver.exchange()
            }
            let telemetry = try driver.attach(.sender, "/devices/\(id)/messages/events", session)
            try driver.send(AMQPMessage(body: .data([[UInt8](repeating: 1, count: 1500)])), over: telemetry)
            _ = try driver.attach(.receiver, "/devices/\(id)/messages/devicebound", session)
        }
        let other = try driver.begin()
        let twin = try driver.twin("a", other, pair: "twin:new")
        driver.client.detach(twin.up)
        driver.exchange()
        driver.client.end(other)
        driver.exchange()
        driver.client.close()
        driver.exchange()
        return driver.sent
    }

    /// Gives a new peer bytes in random pieces, with time and changes in between.
    private static func run(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> (actions: Int, isClosed: Bool) {
        let peer = AMQPPeerDriver.makePeer()
        let waits = Bool.random(using: &generator)
        var now = AMQPPeerDriver.start
        var actions = 0
        var isClosed = false
        var rest = bytes[...]
        func carryOut() {
            AMQPPeerDriver.run(peer, at: now, waits: waits) { action in
                actions += 1
                if isClosed { Issue.record("\(action) after the close") }
                if action.hasPrefix("close") { isClosed = true }
            }
        }
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...400, using: &generator))
            rest.prefix(count).withUnsafeBytes { peer.receive($0) }
            rest = rest.dropFirst(count)
            carryOut()
            switch Int.random(in: 0...9, using: &generator) {
            case 0: peer.deliver(DesiredChange(patch: ["n": 1], version: 9), to: "a")
            case 1: peer.setWritable(Bool.random(using: &generator))
            case 2: if let release = peer.seal() { peer.open(release, nil, at: now) }
            case 3 where Int.random(in: 0...9, using: &generator) == 0:
                peer.drop("a", AMQPError(.stolen))
            default: break
            }
            now.monotonic = now.monotonic + .milliseconds(20)
            peer.timePassed(now)
            _ = peer.takeOutput()
            carryOut()
        }
        if peer.heldBytes < 0 { Issue.record("fewer than no bytes are held") }
        return (actions, isClosed)
    }

    @Test("the conversation itself runs to its end, so that damage can be anywhere in it")
    func undamaged() throws {
        var generator = SeededGenerator(seed: 1)
        let bytes = try Self.conversation()
        let result = Self.run(bytes, &generator)
        #expect(result.actions >= 10)
        #expect(result.isClosed)
    }

    @Test("damage ends the conversation or does nothing", arguments: [41, 42] as [UInt64])
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let stream = try Self.conversation()
        var damage = Damage(stream)
        #expect(damage.frames.joined().elementsEqual(stream))
        var actions = 0
        var closed = 0
        var rounds = 0
        while damage.count < Self.damagedFrames {
            let result = Self.run(damage.next(using: &generator), &generator)
            actions += result.actions
            if result.isClosed { closed += 1 }
            rounds += 1
        }
        // Damage that is refused at once proves nothing.
        #expect(actions > rounds * 4)
        #expect(closed > rounds / 2)
    }
}
