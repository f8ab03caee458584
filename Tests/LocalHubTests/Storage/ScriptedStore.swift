import Dispatch
import NIOConcurrencyHelpers

@testable import LocalHub

/// A journal's store whose commits last as long, and fail as often, as a test wants.
final class ScriptedStore: JournalStore {
    struct DiskFull: Error {}

    private struct State {
        var committed: [JournalBatch] = []
        var failures = 0
        var isOpen = false
    }

    private let state = NIOLockedValueBox(State())
    private let permits: DispatchSemaphore?
    private let (attempts, attempted) = AsyncStream.makeStream(of: JournalBatch.self)

    /// - Parameter holds: whether each commit waits for `permit()`.
    init(holds: Bool = false) { permits = holds ? DispatchSemaphore(value: 0) : nil }

    var committed: [JournalBatch] { state.withLockedValue { $0.committed } }

    /// Lets commits fail from now on; the number counts down.
    func fail(_ times: Int) { state.withLockedValue { $0.failures = times } }

    /// Lets one commit that is held go on.
    func permit() { permits?.signal() }

    /// Holds no commit any more, so that a journal can be closed: it waits for the one under way.
    func open() {
        state.withLockedValue { $0.isOpen = true }
        permits?.signal()
    }

    /// Waits until a commit begins.
    func nextAttempt() async -> JournalBatch? {
        var iterator = attempts.makeAsyncIterator()
        return await iterator.next()
    }

    func commit(_ batch: JournalBatch) throws {
        attempted.yield(batch)
        if !state.withLockedValue({ $0.isOpen }) { permits?.wait() }
        try state.withLockedValue { state in
            guard state.failures == 0 else {
                state.failures -= 1
                throw DiskFull()
            }
            state.committed.append(batch)
        }
    }

    func tidy() {}
}
