import IoTHub
import NIOConcurrencyHelpers

/// What somebody who watches a run wants to know at any moment; passes on all that the run tells, and tells snapshots.
final class LiveBooks: Sendable {
    /// Where a run's numbers come from, once it has a schedule.
    struct Sources: Sendable {
        var groups: DeviceGroups
        var schedule: Schedule
        var ledger: Ledger
        var counters: DeviceCounters
        var errors: ErrorBook
    }

    private struct State {
        var snapshot: RunSnapshot
        var phaseStarted = RunClock.now()
        var sources: Sources?
        var tally = LiveTally()
        var load = ProcessLoad()
        /// While the sampler is at work, the seconds are those of driving.
        var isSampled = false
    }

    private let observer: RunObserver
    /// Held while a snapshot is made and told: seconds and ends of phases may fall on one instant, and who watches shall
    /// see numbers rise.
    private let order = NIOLock()
    private let started = RunClock.now()
    private let state: NIOLockedValueBox<State>

    init(fleetName: String, observer: @escaping RunObserver) {
        self.observer = observer
        let snapshot = RunSnapshot(
            fleetName: fleetName,
            hubHostName: "",
            startedEpochMicroseconds: RunClock.epochNow(),
            phase: .load
        )
        state = NIOLockedValueBox(State(snapshot: snapshot))
    }

    /// Takes what the run tells, and passes it on.
    func observe(_ progress: RunProgress) {
        observer(progress)
        switch progress {
        case .phaseStarted(let phase, _):
            state.withLockedValue { state in
                state.snapshot.phase = phase
                state.snapshot.phasePlanned =
                    phase == .drive ? state.sources.map { .microseconds($0.schedule.duration) } : nil
                state.phaseStarted = RunClock.now()
            }
        case .phaseFinished(let result):
            // The sampler has stopped by the end of draining; what came after its last second belongs to the run, too.
            tell(result.phase == .drain ? state.withLockedValue { $0.sources }?.ledger.takeRecent() : nil)
        case .phaseProgress, .second, .queries, .note, .snapshot: break
        }
    }

    /// Says where the numbers come from; before that there are no snapshots.
    func begin(hubHostName: String, _ sources: Sources) {
        state.withLockedValue { state in
            state.snapshot.hubHostName = hubHostName
            state.sources = sources
            state.tally = LiveTally(groups: sources.groups)
        }
    }

    /// Tells a snapshot each second until the task is cancelled, but for the time in which the sampler does.
    func run() async {
        while true {
            // The end of the run is the only thing that ends the sleep early.
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            if !state.withLockedValue({ $0.isSampled }) { tell(nil) }
        }
    }

    /// Leaves the seconds to the sampler, or takes them back.
    func leaveSeconds(toSampler isSampled: Bool) { state.withLockedValue { $0.isSampled = isSampled } }

    /// Tells the snapshot of a second of driving or draining.
    /// - Parameter recent: the latencies that completed in it, by group.
    func tell(second recent: [RecentLatencies]) { tell(recent) }

    private func tell(_ recent: [RecentLatencies]?) {
        order.withLock {
            let snapshot = state.withLockedValue { state in Self.update(&state, recent, started) }
            if let snapshot { observer(.snapshot(snapshot)) }
        }
    }

    private static func update(_ state: inout State, _ recent: [RecentLatencies]?, _ started: Int64) -> RunSnapshot? {
        guard let sources = state.sources else { return nil }
        let now = RunClock.now()
        state.snapshot.elapsed = .microseconds(now - started)
        state.snapshot.phaseElapsed = .microseconds(now - state.phaseStarted)
        state.snapshot.errors = sources.errors.all
        state.snapshot.generator = state.load.take(at: now)
        state.tally.take(recent, sources, at: now, into: &state.snapshot)
        return state.snapshot
    }
}
