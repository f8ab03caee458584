internal import CLinux
internal import Dispatch
internal import Glibc

/// What a lane calls when a socket or a timer of its is due; both calls come on the lane.
protocol LaneClient: AnyObject, Sendable {
    /// The socket has news: a set of `EPOLLIN`, `EPOLLOUT`, `EPOLLERR`, `EPOLLHUP`.
    nonisolated func socketReady(_ events: UInt32)
    /// A timer's time has come; the kind is the client's own.
    nonisolated func timerFired(_ kind: Int, _ id: LaneLoop.TimerID)
}

/// The sockets and timers of a lane.
///
/// It keeps its clients alive: while one has a socket or a timer here, it does not go away.
actor LaneLoop {
    /// Names a watched socket; it never names another one later.
    struct SocketID: Hashable, Sendable {
        fileprivate var index: UInt32
        fileprivate var generation: UInt32

        fileprivate var data: UInt64 { UInt64(generation) << 32 | UInt64(index) }
    }

    struct Timer: Sendable {
        var client: any LaneClient
        var kind: Int
    }
    typealias TimerID = TimerWheel<Timer>.ID

    private struct Slot {
        var client: (any LaneClient)?
        var generation: UInt32
    }

    /// Most events fetched from the kernel at once.
    private static let batch = 256
    /// Most fetches in one turn, so that jobs of actors and timers are not kept waiting.
    private static let batchesPerTurn = 4
    private static let tick = Duration.milliseconds(10)
    /// How far ahead the next deadline is looked for, in ticks.
    private static let outlook: UInt64 = 100

    private nonisolated let executor: LaneExecutor
    private let descriptor: Int32
    private let sources: LaneSources
    private let start = ContinuousClock.now
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var wheel = TimerWheel<Timer>()
    private var wakeTick = UInt64.max
    /// The connections that devices of the lane share.
    var amqpPools: [AMQPPool.Key: AMQPPool] = [:]
    /// What devices of the lane have found out for the others.
    var silentPorts = SilentPorts()
    /// Where libraries connect to that reach the hub through us, made when one has to.
    private var listener: LocalListener?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(executor: LaneExecutor, descriptor: Int32, sources: LaneSources) {
        self.executor = executor
        self.descriptor = descriptor
        self.sources = sources
    }

    // MARK: Sockets

    /// Watches a socket; closing it ends the watch, `forget` frees the name.
    func watch(_ socket: Int32, for events: UInt32, client: any LaneClient) throws(DeviceClientError) -> SocketID {
        let index: UInt32
        if let free = freeSlots.popLast() {
            index = free
            slots[Int(index)].client = client
        } else {
            index = UInt32(slots.count)
            slots.append(Slot(client: client, generation: 0))
        }
        let id = SocketID(index: index, generation: slots[Int(index)].generation)
        guard control(EPOLL_CTL_ADD, socket, events, id) == 0 else {
            let code = errno
            forget(id)
            throw DeviceClientError(.systemLimit, "cannot watch a socket: \(SystemError.text(code))")
        }
        return id
    }

    /// Changes what a watched socket is watched for.
    func change(_ id: SocketID, _ socket: Int32, to events: UInt32) {
        _ = control(EPOLL_CTL_MOD, socket, events, id)
    }

    /// Frees the name of a socket that is closed or about to be.
    func forget(_ id: SocketID) {
        guard slots[Int(id.index)].generation == id.generation else { return }
        slots[Int(id.index)].client = nil
        slots[Int(id.index)].generation &+= 1
        freeSlots.append(id.index)
    }

    private func control(_ operation: Int32, _ socket: Int32, _ events: UInt32, _ id: SocketID) -> Int32 {
        var event = epoll_event()
        event.events = events
        event.data.u64 = id.data
        return epoll_ctl(descriptor, operation, socket, &event)
    }

    /// Hands out what the sockets have to say, a bounded share of it; the source fires again when there is more.
    func poll() {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            for _ in 0..<Self.batchesPerTurn {
                let count = Int(epoll_wait(descriptor, events.baseAddress, Int32(Self.batch), 0))
                if count <= 0 { return }
                for index in 0..<count {
                    let data = events[index].data.u64
                    let slot = slots[Int(data & 0xFFFF_FFFF)]
                    // An event of a socket that was closed earlier in this turn finds another generation.
                    guard slot.generation == UInt32(data >> 32), let client = slot.client else { continue }
                    client.socketReady(events[index].events)
                }
                if count < Self.batch / 8 { return }
            }
        }
    }

    /// Calls a client later in another turn, for what it has left undone without its socket knowing.
    func callAgain(_ client: any LaneClient, with events: UInt32) {
        executor.queue.async { client.socketReady(events) }
    }

    /// The lane's own listener.
    func localListener() throws(DeviceClientError) -> LocalListener {
        if let listener { return listener }
        let made = try LocalListener()
        listener = made
        return made
    }

    // MARK: Timers

    /// Calls the client once after a time, never early, a tick late at most when the lane is idle.
    func arm(_ kind: Int, after delay: Duration, client: any LaneClient) -> TimerID {
        let now = ContinuousClock.now - start
        let deadline = tick(of: now + delay, up: true)
        let id = wheel.add(Timer(client: client, kind: kind), at: deadline)
        wake(at: deadline, now: now)
        return id
    }

    /// Takes back a timer.
    func disarm(_ id: TimerID) { wheel.cancel(id) }

    /// Fires what is due and sets the source to the next deadline.
    func runTimers() {
        wakeTick = .max
        let now = ContinuousClock.now - start
        for due in wheel.advance(to: tick(of: now, up: false)) {
            due.payload.client.timerFired(due.payload.kind, due.id)
        }
        if let next = wheel.nextTick(limit: Self.outlook) {
            wake(at: next, now: ContinuousClock.now - start)
        }
    }

    private func wake(at tick: UInt64, now: Duration) {
        guard tick < wakeTick else { return }
        wakeTick = tick
        sources.wake(after: max(.zero, Self.tick * Int(clamping: tick) - now))
    }

    private func tick(of time: Duration, up: Bool) -> UInt64 {
        let tick = Self.tick.nanoseconds
        let nanoseconds = max(0, time.nanoseconds)
        return UInt64(nanoseconds / tick) + (up && nanoseconds % tick != 0 ? 1 : 0)
    }
}

extension Duration {
    /// The duration in nanoseconds; what 64 bits cannot hold (292 years) is cut off.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
