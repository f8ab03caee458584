internal import CLinux
internal import Dispatch
internal import Foundation
internal import Glibc

/// A serial Dispatch queue that owns a share of the devices: the executor of their actors, one epoll descriptor that
/// watches their sockets, and one timer over a wheel.
///
/// One long-lived source on the epoll descriptor stands for all sockets, because libdispatch on Linux crashes and loses
/// events when sources of its own come and go with sockets on several queues. Nothing on a lane may block.
public final class Lane: SerialExecutor, Sendable {
    private let executor: LaneExecutor
    private let sources: LaneSources
    /// Sockets and timers; reached with `assumeIsolated` from code that runs on the lane.
    let loop: LaneLoop

    /// Makes a lane.
    /// - Parameter label: the name of its queue, for debuggers.
    /// - Throws: `DeviceClientError` with `systemLimit` when there is no file descriptor left.
    public init(label: String) throws(DeviceClientError) {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else {
            let code = errno
            throw DeviceClientError(.systemLimit, "cannot make an epoll descriptor: \(SystemError.text(code))")
        }
        // Without a target a queue takes threads beyond one per core.
        let queue = DispatchQueue(label: label, target: .global())
        executor = LaneExecutor(queue: queue)
        sources = LaneSources(queue: queue, descriptor: descriptor)
        loop = LaneLoop(executor: executor, descriptor: descriptor, sources: sources)
        sources.start(loop)
    }

    deinit {
        // Cancelled sources let go of their handlers, and with them of the loop.
        sources.cancel()
    }

    /// Makes lanes that share the work.
    /// - Parameter count: how many; nil for one per processor.
    /// - Returns: the lanes, at least one.
    /// - Throws: `DeviceClientError` with `systemLimit` when there is no file descriptor left.
    public static func makeLanes(
        count: Int? = nil
    ) throws(DeviceClientError) -> [Lane] {
        var lanes: [Lane] = []
        let count = count ?? ProcessInfo.processInfo.activeProcessorCount
        for index in 0..<max(1, count) { lanes.append(try Lane(label: "twinfleet.lane-\(index)")) }
        return lanes
    }

    /// Runs a job of an actor on the lane.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        executor.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Stops the program unless the caller runs on the lane; this is what lets Dispatch handlers enter actors.
    public func checkIsolated() { executor.checkIsolated() }
}

/// The queue as an executor; apart from `Lane` so that the loop can run on it without owning the lane.
final class LaneExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(queue: DispatchQueue) { self.queue = queue }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

/// The two Dispatch sources of a lane.
// Safe: libdispatch objects may be used from any thread; what they call back runs on the lane's queue.
struct LaneSources: @unchecked Sendable {
    private let descriptor: any DispatchSourceRead
    private let timer: any DispatchSourceTimer

    /// Takes over an epoll descriptor, which `cancel` closes.
    init(queue: DispatchQueue, descriptor: Int32) {
        self.descriptor = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        self.descriptor.setCancelHandler { close(descriptor) }
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .distantFuture)
    }

    /// Begins to call the loop.
    func start(_ loop: LaneLoop) {
        timer.setEventHandler { loop.assumeIsolated { $0.runTimers() } }
        descriptor.setEventHandler { loop.assumeIsolated { $0.poll() } }
        timer.activate()
        descriptor.activate()
    }

    /// Has the loop's timers run once, after a time.
    func wake(after delay: Duration) {
        timer.schedule(deadline: .now() + .nanoseconds(Int(clamping: delay.nanoseconds)))
    }

    /// Ends both; they let go of the loop.
    func cancel() {
        timer.cancel()
        descriptor.cancel()
    }
}
