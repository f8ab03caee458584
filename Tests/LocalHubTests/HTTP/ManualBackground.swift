import NIOConcurrencyHelpers

@testable import LocalHub

/// Background work that is done when the test says so, one piece at a time, on the test's thread.
final class ManualBackground: BackgroundWork {
    private struct State {
        var isStopping = false
        var isFull = false
        var now: Int64 = 0
        var soon: [@Sendable () -> Void] = []
        var later: [(due: Int64, work: @Sendable () -> Void)] = []
    }

    private let state = NIOLockedValueBox(State())

    var isStopping: Bool { state.withLockedValue { $0.isStopping } }

    func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        state.withLockedValue { state in
            if !state.isFull { state.soon.append(work) }
            return !state.isFull
        }
    }

    func run(after seconds: Int64, _ work: @escaping @Sendable () -> Void) {
        state.withLockedValue { $0.later.append((due: $0.now + seconds, work)) }
    }

    /// Lets time pass; what was to wait so long comes next.
    func advance(seconds: Int64) {
        state.withLockedValue { state in
            state.now += seconds
            for (due, work) in state.later where due <= state.now { state.soon.append(work) }
            state.later.removeAll { $0.due <= state.now }
        }
    }

    /// Does the next piece of work.
    /// - Returns: false when there was none.
    @discardableResult
    func step() -> Bool {
        guard let work = state.withLockedValue({ $0.soon.isEmpty ? nil : $0.soon.removeFirst() }) else { return false }
        work()
        return true
    }

    /// Does all that there is to do now.
    func runAll() {
        while step() {}
    }

    /// Takes nothing more, as if too much waited.
    func fill() { state.withLockedValue { $0.isFull = true } }

    /// Forgets what has not been done.
    func drop() {
        state.withLockedValue {
            $0.soon = []
            $0.later = []
        }
    }

    /// Makes it look as if the hub were on its way down.
    func stop() { state.withLockedValue { $0.isStopping = true } }
}
