extension DeviceClient {
    /// Somebody who waits for readiness.
    struct Waiter: Sendable {
        var continuation: CheckedContinuation<Void, any Error>
        /// Until when.
        var deadline: ContinuousClock.Instant
    }

    /// Opens the client if need be, and returns when it is ready.
    func waitUntilReady() async throws {
        if machine.isReady { return }
        if machine.isClosed { throw DeviceClientError(.closed, "the device client was closed") }
        try Task.checkCancellation()
        lastWaiter += 1
        let waiter = lastWaiter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let time = setup.options.operationTimeout
                waiters[waiter] = Waiter(continuation: continuation, deadline: .now + time)
                // Who came before has less time left.
                if timers[TimerKind.opening.rawValue] == nil { arm(.opening, after: time) }
                apply(machine.open())
            }
        } onCancel: {
            Task { await self.cancel(waiter: waiter) }
        }
    }

    private func cancel(waiter id: UInt64) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        if waiters.isEmpty { apply(machine.cancelOpening()) }
        waiter.continuation.resume(throwing: CancellationError())
    }

    /// Some of those who wait have waited long enough.
    func waitingTimedOut() {
        let now = ContinuousClock.now
        let due = waiters.filter { $0.value.deadline <= now }.keys.sorted()
        // An opening ends with the last who waits for it; a reconnect goes on without anybody.
        if !due.isEmpty, due.count == waiters.count { apply(machine.openingTimedOut()) }
        let reason = machine.lastError.map { ": \($0.message)" } ?? ""
        let error = DeviceClientError(
            .timedOut,
            "the device was not connected within \(setup.options.operationTimeout)\(reason)"
        )
        for id in due { waiters.removeValue(forKey: id)?.continuation.resume(throwing: error) }
        guard let next = waiters.values.map(\.deadline).min() else { return }
        arm(.opening, after: max(.zero, next - .now))
    }

    func resumeWaiters(_ result: Result<Void, any Error>) {
        let all = waiters
        waiters = [:]
        for (_, waiter) in all.sorted(by: { $0.key < $1.key }) { waiter.continuation.resume(with: result) }
    }
}
