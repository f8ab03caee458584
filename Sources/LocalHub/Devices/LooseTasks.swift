import NIOConcurrencyHelpers

/// Tasks that nobody waits for at once, but whose end must come before that of the event loops that they tell of it.
final class LooseTasks: Sendable {
    private struct State {
        var number = 0
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Starts a task.
    func run(_ body: @escaping @Sendable () async -> Void) {
        state.withLockedValue { state in
            state.number += 1
            let number = state.number
            // It cannot end before it is kept here: its end needs the lock.
            state.tasks[number] = Task {
                await body()
                self.state.withLockedValue { _ = $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    /// Cancels all, and returns when they have ended.
    func end() async {
        for task in state.withLockedValue({ Array($0.tasks.values) }) {
            task.cancel()
            await task.value
        }
    }
}
