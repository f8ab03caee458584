import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("Continuation tokens")
struct ContinuationTokenTests {
    static let positions = [
        QueryPosition(.device("d1")), QueryPosition(.device(String(repeating: "é", count: 128)), rowsLeft: 0),
        QueryPosition(.group(17)), QueryPosition(.group(0), rowsLeft: .max),
        QueryPosition(.job(3, row: 5), rowsLeft: 1),
    ]

    @Test("a token gives back its position, in characters that are safe in a header", arguments: positions)
    func roundTrip(_ position: QueryPosition) throws {
        let token = ContinuationToken.text(for: position, in: "q")
        #expect(try ContinuationToken.position(token, in: "q") == position)
        #expect(token.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil)
    }

    @Test("a token is good for its own query only")
    func foreign() throws {
        let token = ContinuationToken.text(for: QueryPosition(.device("d")), in: "SELECT * FROM devices")
        for other in ["SELECT * FROM devices ", "select * from devices", ""] {
            #expect(throws: ContinuationToken.refusal) { try ContinuationToken.position(token, in: other) }
        }
    }

    @Test("what is no token is refused", arguments: ["x", "====", "AAAA", "ä", String(repeating: "A", count: 5000)])
    func rubbish(_ text: String) {
        #expect(throws: ContinuationToken.refusal) { try ContinuationToken.position(text, in: "q") }
    }

    @Test("a mangled token is refused or is the same; the hub answers either way", arguments: [1, 2, 3, 4] as [UInt64])
    func fuzz(_ seed: UInt64) throws {
        let bench = ServiceBench()
        try bench.addFleet(10)
        let text = "SELECT TOP 9 deviceId FROM devices"
        let good = try bench.query(text, size: 2)
        let token = Array(try #require(good.continuation).utf8)
        let expected = try bench.query(text, size: 2, continuation: good.continuation)
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<500 {
            var bytes = token
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
                case 1 where !bytes.isEmpty: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0...0xFF, using: &generator), at: min(place, bytes.count))
                default: bytes = Array(bytes.prefix(place))
                }
            }
            let mangled = String(decoding: bytes, as: UTF8.self)
            // An empty token is none: the query starts again.
            if mangled.isEmpty { continue }
            let reply = try bench.query(text, size: 2, continuation: mangled)
            if reply.status == 200 {
                #expect(reply.json == expected.json)
            } else {
                refused += 1
                #expect(reply.status == 400)
                #expect(reply.code == .argumentInvalid)
            }
        }
        #expect(refused > 400)
    }

    @Test("a token of another kind of rows is refused")
    func otherKind() throws {
        let bench = ServiceBench()
        for (text, place) in [
            ("SELECT * FROM devices", .group(1)), ("SELECT * FROM devices.jobs", .device("d")),
            ("SELECT COUNT() AS n FROM devices", .job(1, row: 1)),
        ] as [(String, QueryPosition.Place)] {
            let token = ContinuationToken.text(for: QueryPosition(place), in: text)
            #expect(try bench.query(text, continuation: token).code == .argumentInvalid)
        }
    }
}
