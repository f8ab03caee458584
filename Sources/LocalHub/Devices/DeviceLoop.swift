import NIOConcurrencyHelpers
import NIOCore

/// The connections that live on one event loop, and the one timer that watches over all of them.
final class DeviceLoop: Sendable {
    /// How often keep-alive, token and CONNECT deadlines are looked at; they are at most this late.
    static let sweepInterval = TimeAmount.milliseconds(250)

    private struct State {
        var isOpen = true
        var handlers: [ObjectIdentifier: any DeviceChannel] = [:]
    }

    private let eventLoop: any EventLoop
    private let clock: DeviceClock
    private let state: NIOLoopBoundBox<State>
    private let timer = NIOLockedValueBox<RepeatedTask?>(nil)

    init(_ eventLoop: any EventLoop, clock: DeviceClock) {
        self.eventLoop = eventLoop
        self.clock = clock
        state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: eventLoop)
    }

    func startTimer() {
        let task = eventLoop.scheduleRepeatedTask(
            initialDelay: Self.sweepInterval,
            delay: Self.sweepInterval
        ) { _ in self.sweepNow() }
        timer.withLockedValue { $0 = task }
    }

    func stopTimer() async {
        guard let task = timer.withLockedValue({ $0.take() }) else { return }
        let stopped = eventLoop.makePromise(of: Void.self)
        task.cancel(promise: stopped)
        // The promise fails only when the loop is gone, and the timer with it.
        try? await stopped.futureResult.get()
    }

    /// Whether connections are taken; to be asked on the loop.
    var isOpen: Bool { state.value.isOpen }

    /// Takes a new connection; to be called on the loop.
    /// - Throws: `ChannelError.ioOnClosedChannel` while connections are not taken.
    func add(_ handler: any DeviceChannel) throws {
        guard state.value.isOpen else { throw ChannelError.ioOnClosedChannel }
        state.value.handlers[ObjectIdentifier(handler)] = handler
    }

    /// Forgets a connection that is closed; to be called on the loop.
    func remove(_ handler: any DeviceChannel) {
        state.value.handlers.removeValue(forKey: ObjectIdentifier(handler))
    }

    /// Closes what has overstayed.
    func sweep() async {
        // Fails only when the loop is gone, and its connections with it.
        try? await eventLoop.submit { self.sweepNow() }.get()
    }

    private func sweepNow() {
        let now = clock.now()
        // A copy, since closing removes.
        for handler in state.value.handlers.values { handler.timePassed(now) }
    }

    /// Takes connections again.
    func open() async throws {
        try await eventLoop.submit { self.state.value.isOpen = true }.get()
    }

    /// Cuts all connections and takes no more; returns when their sockets are closed.
    func close() async {
        let closed = try? await eventLoop.submit { () -> [EventLoopFuture<Void>] in
            self.state.value.isOpen = false
            return self.state.value.handlers.values.compactMap { $0.cut(because: .hubStopping) }
        }.get()
        for future in closed ?? [] { try? await future.get() }
    }
}
