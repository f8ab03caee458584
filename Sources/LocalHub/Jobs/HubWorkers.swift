import IoTHub
import NIOCore
import NIOPosix
import Synchronization

/// The hub's threads for queries, listings and jobs.
///
/// There are few of them, so that they cannot take the whole machine from the devices; what comes meanwhile waits.
final class HubWorkers: BackgroundWork {
    private static let threads = 2
    /// Pieces of work that may wait; a connection has one at a time.
    private static let mostWaiting = 2000

    private let pool = NIOThreadPool(numberOfThreads: threads)
    private let eventLoop: any EventLoop
    private let waiting = Atomic(0)
    private let stopping = Atomic(false)

    /// Starts the threads; the event loop keeps the time of what is to happen later.
    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        pool.start()
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    @discardableResult
    func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        pool.submit { state in
            self.waiting.subtract(1, ordering: .relaxed)
            // The pool hears of the stop a little later, and takes up what waits until then.
            if case .active = state, !self.isStopping { work() }
        }
        return true
    }

    func run(after seconds: Int64, _ work: @escaping @Sendable () -> Void) {
        eventLoop.scheduleTask(in: .seconds(seconds)) {
            // A hub with so much to do looks again soon.
            if !self.isStopping, !self.run(work) { self.run(after: 1, work) }
        }
    }

    /// Ends; work that has begun is waited for, the rest is dropped.
    func stop() async throws {
        stopping.store(true, ordering: .relaxed)
        try await pool.shutdownGracefully()
    }
}
