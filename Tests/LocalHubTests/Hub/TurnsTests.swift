import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import LocalHub

@Suite("One thing after the other", .timeLimit(.minutes(1)))
struct TurnsTests {
    @Test("what is asked for while another is done waits for it, in its order")
    func order() async throws {
        let turns = Turns()
        let done = NIOLockedValueBox<[Int]>([])
        let (hasBegun, begin) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let first: Void = turns.take {
            begin.finish()
            for await _ in gate {}
            done.withLockedValue { $0.append(1) }
        }
        for await _ in hasBegun {}
        let second = Task {
            try await turns.take { () async throws -> Int in
                done.withLockedValue { $0.append(2) }
                throw CancellationError()
            }
        }
        open.finish()
        await first
        await #expect(throws: CancellationError.self) { try await second.value }
        await turns.take { done.withLockedValue { $0.append(3) } }
        #expect(done.withLockedValue { $0 } == [1, 2, 3])
    }

    @Test("a server for devices that is resumed twice at once, or stopped meanwhile, ends as it was told last")
    func resumption() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            await bench.server.suspend()
            async let one: Void = bench.server.resume()
            async let other: Void = bench.server.resume()
            try await one
            try await other
            #expect(try await bench.attach("dev1").get()["desired"] == ["$version": 1])
            await bench.server.suspend()
            async let resumed: Void = bench.server.resume()
            async let stopped: Void = bench.server.stop()
            try await resumed
            await stopped
            try await bench.server.resume()
            await #expect(throws: (any Error).self) { try await bench.open() }
        }
    }
}
