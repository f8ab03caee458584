extension DeviceClient {
    /// Opens the client if need be, and returns when it is ready.
    func waitUntilReady() async throws {
        if machine.isReady { return }
        if machine.isClosed { throw DeviceClientError(.closed, "the device client was closed") }
        try Task.checkCancellation()
        lastWaiter += 1
        let waiter = lastWaiter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiters[waiter] = continuation
                if timers[TimerKind.opening.rawValue] == nil { arm(.opening, after: setup.options.operationTimeout) }
                apply(machine.open())
            }
        } onCancel: {
            Task { await self.cancel(waiter: waiter) }
        }
    }

    private func cancel(waiter: UInt64) {
        guard let continuation = waiters.removeValue(forKey: waiter) else { return }
        if waiters.isEmpty { apply(machine.cancelOpening()) }
        continuation.resume(throwing: CancellationError())
    }

    /// Those who wait have waited long enough; an opening ends, a reconnect goes on without them.
    func waitingTimedOut() {
        apply(machine.openingTimedOut())
        let time = setup.options.operationTimeout
        resumeWaiters(.failure(DeviceClientError(.timedOut, "the device was not connected within \(time)")))
    }

    func resumeWaiters(_ result: Result<Void, any Error>) {
        let all = waiters
        waiters = [:]
        for (_, continuation) in all.sorted(by: { $0.key < $1.key }) { continuation.resume(with: result) }
    }
}
