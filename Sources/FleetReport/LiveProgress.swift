public import FleetRunner
import Synchronization

/// Tells a run's progress while it goes on: one line rewritten in place on a terminal, plain lines elsewhere.
public final class LiveProgress: Sendable {
    /// Where and how to tell.
    public enum Mode: Sendable {
        /// One status line, rewritten at most five times a second; a finished phase leaves its line behind.
        case terminal(columns: Int)
        /// A line when a phase begins and ends, and one every five seconds in between.
        case plain
        /// Notes only.
        case quiet
    }

    private struct State {
        var phase: RunPhase?
        var lastUpdate: ContinuousClock.Instant?
        var hasStatus = false
    }

    private let mode: Mode
    private let style: Style
    private let now: @Sendable () -> ContinuousClock.Instant
    private let print: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// Makes a teller.
    /// - Parameters:
    ///   - mode: where it goes.
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
        let text = state.withLock { (state) -> String in self.text(for: progress, &state) }
        if !text.isEmpty { print(text) }
    }

    private func text(for progress: RunProgress, _ state: inout State) -> String {
        switch progress {
        case .note(let note):
            return permanent("\(style.apply(.doubtful, to: "note"))  \(note)", &state)
        case .phaseStarted(let phase, let total):
            state.phase = phase
            state.lastUpdate = now()
            let steps = total.map { phase == .drive ? ", \($0) s" : ", \(Format.count($0))" } ?? ""
            return status("\(label(phase))started\(steps)", &state)
        case .phaseProgress(let phase, let done, let total, let failed):
            guard isDue(&state) else { return "" }
            let failures = failed > 0 ? ", \(style.apply(.bad, to: "\(Format.count(failed)) failed"))" : ""
            return status("\(label(phase))\(Format.count(done)) of \(Format.count(total))\(failures)", &state)
        case .second(let row, let elapsed, let planned):
            guard isDue(&state) else { return "" }
            return status(label(state.phase ?? .drive) + describe(row, elapsed, planned), &state)
        case .phaseFinished(let result):
            if case .quiet = mode { return "" }
            let time = Format.right(Format.duration(result.duration), 10)
            return permanent("\(label(result.phase))\(time)  \(result.summary)", &state)
        }
    }

    private func label(_ phase: RunPhase) -> String { Format.left(phase.rawValue, 11) }

    private func describe(_ row: TimelineRow, _ elapsed: Duration, _ planned: Duration) -> String {
        var parts = [
            "\(elapsed.components.seconds)/\(planned.components.seconds) s", "sent \(Format.count(row.sent))/s",
            "delivered \(Format.count(row.delivered))/s", "acknowledged \(Format.count(row.acknowledged))/s",
            "in flight \(Format.count(row.inFlight))",
        ]
        if let median = row.syncP50Microseconds {
            parts.append(
                "sync p50 \(Format.time(microseconds: median)) p99 \(Format.time(microseconds: row.syncP99Microseconds))"
            )
        }
        parts.append("\(Format.count(row.connected)) connected")
        return parts.joined(separator: "  ")
    }

    private func isDue(_ state: inout State) -> Bool {
        let interval: Duration
        switch mode {
        case .terminal: interval = .milliseconds(200)
        case .plain: interval = .seconds(5)
        case .quiet: return false
        }
        let time = now()
        if let last = state.lastUpdate, time - last < interval { return false }
        state.lastUpdate = time
        return true
    }

    /// A line that the next one replaces on a terminal.
    private func status(_ line: String, _ state: inout State) -> String {
        switch mode {
        case .terminal(let columns):
            state.hasStatus = true
            // A line that wraps could not be rewritten; colours are left out of what is cut.
            return "\r\u{1B}[K" + (line.count < columns ? line : String(line.prefix(max(columns - 1, 1))))
        case .plain: return line + "\n"
        case .quiet: return ""
        }
    }

    /// A line that stays.
    private func permanent(_ line: String, _ state: inout State) -> String {
        defer { state.hasStatus = false }
        if case .terminal = mode, state.hasStatus { return "\r\u{1B}[K\(line)\n" }
        return line + "\n"
    }
}
