internal import IoTHub

extension DeviceClient {
    /// Sets the callback for desired properties; nil unsubscribes.
    ///
    /// Updates arrive in order, one at a time, in a task; those that are not newer than what was seen are left out. It
    /// opens a client that is not open, and returns when the hub has acknowledged the subscription.
    /// - Throws: `DeviceClientError`, or `CancellationError`.
    public func setDesiredPropertyUpdateCallback(
        _ callback: (@Sendable (DeviceClient, DesiredPropertyUpdate) async -> Void)?
    ) async throws {
        guard let callback else { return try await setDesiredPropertyHandler(nil) }
        let (updates, continuation) = AsyncStream.makeStream(of: DesiredPropertyUpdate.self)
        Task { [weak self] in
            for await update in updates {
                guard let self else { return }
                await callback(self, update)
            }
        }
        try await setHandler { _, update in
            if update.origin != .stale { continuation.yield(update) }
        } _: {
            desiredUpdates = continuation
        }
    }

    /// Sets the handler for desired properties, called synchronously on the lane; nil unsubscribes.
    ///
    /// It gets stale notifications, too. It opens a client that is not open, and returns when the hub has acknowledged
    /// the subscription.
    /// - Throws: `DeviceClientError`, or `CancellationError`.
    public func setDesiredPropertyHandler(_ handler: DesiredPropertyHandler?) async throws {
        try await setHandler(handler) {}
    }

    private func setHandler(_ handler: DesiredPropertyHandler?, _ andThen: () -> Void) async throws {
        if machine.isClosed {
            if handler == nil { return }
            throw DeviceClientError(.closed, "the device client was closed")
        }
        desiredUpdates?.finish()
        desiredUpdates = nil
        andThen()
        // One that takes another's place has missed nothing: the subscription stands, and no twin is read.
        let isNew = desiredHandler == nil
        desiredHandler = handler
        if handler != nil, isNew, machine.canHaveMissedChanges { tracker.beginCatchUp() }
        apply(machine.setWantsDesiredChanges(handler != nil))
        if handler == nil, machine.needsOpen { return }
        try await waitUntilReady()
    }
}
