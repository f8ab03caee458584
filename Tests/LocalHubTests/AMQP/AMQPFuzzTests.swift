import AMQPEngine
import Foundation
import IoTHub
import NIOCore
import TestKit
import Testing

@testable import LocalHub

/// Fixed seeds: a failure names the round, and repeats.
///
/// `AMQP_FUZZ_ROUNDS` runs more.
@Suite("damaged AMQP conversations")
struct AMQPFuzzTests {
    private static let rounds = ProcessInfo.processInfo.environment["AMQP_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 1_000

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

    private static func frames(_ stream: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var rest = stream[...]
        while rest.count >= 8 {
            let size = rest.starts(with: "AMQP".utf8) ? 8 : rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            frames.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return frames
    }

    /// Damages frames inside, so that the damage gets further than the framing, or their order.
    private static func damage(_ frames: [[UInt8]], using generator: inout SeededGenerator) -> [[UInt8]] {
        var frames = frames
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0..<frames.count, using: &generator)
            switch Int.random(in: 0...6, using: &generator) {
            case 0: frames.remove(at: index)
            case 1: frames.insert(frames[index], at: Int.random(in: 0...frames.count, using: &generator))
            case 2: frames.swapAt(index, Int.random(in: 0..<frames.count, using: &generator))
            default:
                var body = Array(frames[index].dropFirst(8))
                MQTTFuzzTests.damage(&body, using: &generator)
                let size = UInt32(8 + body.count)
                let isHeader = frames[index].starts(with: "AMQP".utf8)
                let head = frames[index].prefix(8)
                frames[index] =
                    isHeader ? Array(head) : withUnsafeBytes(of: size.bigEndian, Array.init) + head.dropFirst(4) + body
            }
            if frames.isEmpty { break }
        }
        return frames
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
        let frames = Self.frames(stream)
        #expect(frames.joined().elementsEqual(stream))
        var actions = 0
        var closed = 0
        for round in 0..<Self.rounds {
            var bytes = stream
            if round.isMultiple(of: 4) {
                MQTTFuzzTests.damage(&bytes, using: &generator)
            } else {
                bytes = Array(Self.damage(frames, using: &generator).joined())
            }
            let result = Self.run(bytes, &generator)
            actions += result.actions
            if result.isClosed { closed += 1 }
        }
        // Damage that is refused at once proves nothing.
        #expect(actions > Self.rounds * 4)
        #expect(closed > Self.rounds / 2)
    }
}
