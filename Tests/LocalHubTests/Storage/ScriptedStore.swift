import Dispatch
import IoTHub
import Logging
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

    /// Runs a body with a journal whose commits are in its hand.
    static func withJournal(_ body: (Journal, ScriptedStore) async throws -> Void) async throws {
        let store = ScriptedStore(holds: true)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = Journal(store: store, logger: logger, firstPause: 1)
        func end() async {
            // What a connection writes may come in two commits, and the second after all that the body waited for.
            store.open()
            await journal.close()
        }
        do {
            try await body(journal, store)
        } catch {
            await end()
            throw error
        }
        await end()
    }

    /// Lets the next commit through.
    func step() async {
        _ = await nextAttempt()
        permit()
    }

    /// Registers devices durably: a failure that a test orders must not meet a commit that was just let through.
    func register(_ ids: String..., in registry: TwinRegistry) async throws {
        for id in ids {
            try registry.createDevice(Device(id: id))
            await step()
        }
        await withCheckedContinuation { durable in registry.whenDurable { _ in durable.resume() } }
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
