public import FleetRunner
import NIOConcurrencyHelpers

/// Tells a run's progress in plain lines, where there is no terminal to show it on.
public final class LiveProgress: Sendable {
    /// How much to tell.
    public enum Mode: Sendable {
        /// A line when a phase begins and ends, and one every five seconds in between.
        case plain
        /// Notes only.
        case quiet
    }

    private struct State {
        var phase: RunPhase?
        var lastUpdate: ContinuousClock.Instant?
    }

    /// Between two lines about the same phase.
    private static let interval: Duration = .seconds(5)

    private let mode: Mode
    private let style: Style
    private let now: @Sendable () -> ContinuousClock.Instant
    private let print: @Sendable (String) -> Void
    private let state = NIOLockedValueBox(State())

    /// Makes a teller.
    /// - Parameters:
    ///   - mode: how much to tell.
    ///   - style: whether to use colours.
    ///   - now: the clock.
    ///   - print: writes text as it is, without adding a line feed.
    public init(
        mode: Mode,
        style: Style,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        print: @escaping @Sendable (String) -> Void
    ) {
        self.mode = mode
        self.style = style
        self.now = now
        self.print = print
    }

    /// Takes what a run tells.
    public func observe(_ progress: RunProgress) {
        let line = state.withLockedValue { state in self.line(for: progress, &state) }
        if let line { print(Format.printable(line) + "\n") }
    }

    private func line(for progress: RunProgress, _ state: inout State) -> String? {
        if case .note(let note) = progress { return "\(style.apply(.doubtful, to: "note"))  \(note)" }
        guard case .plain = mode else { return nil }
        switch progress {
        case .note, .snapshot: return nil
        case .phaseStarted(let phase, let total):
            state.phase = phase
            state.lastUpdate = now()
            let steps = total.map { phase == .drive ? ", \($0) s" : ", \(Format.count($0))" } ?? ""
            return "\(label(phase))started\(steps)"
        case .phaseProgress(let phase, let done, let total, let failed):
            guard isDue(&state) else { return nil }
            let steps = label(phase) + "\(Format.count(done)) of \(Format.count(total))"
            return failed > 0 ? "\(steps), \(style.apply(.bad, to: "\(Format.count(failed)) failed"))" : steps
        case .second(let row, let elapsed, let planned):
            guard isDue(&state) else { return nil }
            return label(state.phase ?? .drive) + describe(row, elapsed, planned)
        case .queries:
            guard isDue(&state) else { return nil }
            return LiveModel.queries(progress).map { label(.verify) + $0 }
        case .phaseFinished(let result):
            let time = Format.right(Format.duration(result.duration), 10)
            return "\(label(result.phase))\(time)" + (result.summary.isEmpty ? "" : "  \(result.summary)")
        }
    }

    private func label(_ phase: RunPhase) -> String { Format.left(phase.rawValue, 11) }

    /// What one second was like.
    private func describe(_ row: TimelineRow, _ elapsed: Duration, _ planned: Duration) -> String {
        var parts = [
            elapsed <= planned
                ? "\(elapsed.components.seconds)/\(planned.components.seconds) s"
                : "\(elapsed.components.seconds) s, planned \(planned.components.seconds) s",
            "delivered \(Format.count(row.delivered))/s", "echoed \(Format.count(row.acknowledged))/s",
        ]
        if let median = row.syncP50Microseconds {
            parts.append(
                "sync p50 \(Format.time(microseconds: median)) p99 \(Format.time(microseconds: row.syncP99Microseconds))"
            )
        }
        parts += [
            "in flight \(Format.count(row.inFlight))", "\(Format.count(row.connected)) connected",
            "sent \(Format.count(row.sent))/s",
        ]
        return parts.joined(separator: "  ")
    }

    private func isDue(_ state: inout State) -> Bool {
        let time = now()
        if let last = state.lastUpdate, time - last < Self.interval { return false }
        state.lastUpdate = time
        return true
    }
}
