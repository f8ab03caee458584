import Dispatch
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import LocalHub

@Suite("The hub's threads for long work", .timeLimit(.minutes(1)))
struct HubWorkersTests {
    /// Keeps all threads busy until it is let go.
    private func block(_ workers: HubWorkers) -> DispatchSemaphore {
        let gate = DispatchSemaphore(value: 0)
        let arrived = DispatchSemaphore(value: 0)
        for _ in 0..<2 {
            workers.run {
                arrived.signal()
                gate.wait()
            }
        }
        for _ in 0..<2 { arrived.wait() }
        return gate
    }

    @Test("what comes while all threads are busy waits, up to a bound, and is done then")
    func bound() async throws {
        let workers = HubWorkers(eventLoop: EmbeddedEventLoop())
        let gate = block(workers)
        let done = NIOLockedValueBox(0)
        let all = DispatchSemaphore(value: 0)
        var taken = 0
        while workers.run({
            done.withLockedValue { $0 += 1 }
            all.signal()
        }) {
            taken += 1
        }
        #expect(taken == 2000)
        for _ in 0..<2 { gate.signal() }
        let count = taken
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                for _ in 0..<count { all.wait() }
                continuation.resume()
            }
        }
        #expect(done.withLockedValue { $0 } == taken)
        let isTakenAgain = workers.run {}
        #expect(isTakenAgain)
        try await workers.stop()
    }

    @Test("a stop waits for what has begun and drops the rest")
    func stop() async throws {
        let workers = HubWorkers(eventLoop: EmbeddedEventLoop())
        let gate = block(workers)
        let ran = NIOLockedValueBox(false)
        workers.run { ran.withLockedValue { $0 = true } }
        #expect(!workers.isStopping)
        async let stopped: Void = workers.stop()
        while !workers.isStopping { await Task.yield() }
        for _ in 0..<2 { gate.signal() }
        try await stopped
        #expect(!ran.withLockedValue { $0 })
    }

    @Test("work for later comes when its time has come")
    func later() async throws {
        let loop = NIOAsyncTestingEventLoop()
        let workers = HubWorkers(eventLoop: loop)
        let arrived = NIOLockedValueBox(false)
        await withCheckedContinuation { continuation in
            workers.run(after: 5) {
                arrived.withLockedValue { $0 = true }
                continuation.resume()
            }
            Task {
                await loop.advanceTime(by: .seconds(4))
                #expect(!arrived.withLockedValue { $0 })
                await loop.advanceTime(by: .seconds(1))
            }
        }
        try await workers.stop()
        await loop.shutdownGracefully()
    }
}
