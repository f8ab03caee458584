import NIOConcurrencyHelpers

/// The handle by which a run is told to end early, from any thread.
public final class RunControl: Sendable {
    private struct State {
        var isInterrupted = false
        var action: (@Sendable () -> Void)?
    }

    private let state = NIOLockedValueBox(State())

    /// Creates a handle for one run.
    public init() {}

    /// Ends what the run is doing now and lets it drain and report; more than one call is as one.
    public func interrupt() {
        let action = state.withLockedValue { state -> (@Sendable () -> Void)? in
            state.isInterrupted = true
            return state.action
        }
        action?()
    }

    /// Whether the run was told to end early.
    public var isInterrupted: Bool { state.withLockedValue { $0.isInterrupted } }

    /// Sets what an interruption does besides being remembered; called at once when it has come already.
    func onInterrupt(_ action: (@Sendable () -> Void)?) {
        let isInterrupted = state.withLockedValue { state in
            state.action = action
            return state.isInterrupted
        }
        if isInterrupted { action?() }
    }

    /// Runs work that an interruption cancels.
    /// - Returns: whether the work came to its end: false when it was cut short.
    func runInterruptibly(_ work: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        let task = Task { try await work() }
        onInterrupt { task.cancel() }
        defer { onInterrupt(nil) }
        do {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
            return !isInterrupted
        } catch is CancellationError where isInterrupted {
            return false
        }
    }
}
