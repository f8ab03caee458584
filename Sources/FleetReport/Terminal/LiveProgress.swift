public import FleetRunner
import NIOConcurrencyHelpers

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
    private let state = NIOLockedValueBox(State())

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
        let text = state.withLockedValue { (state) -> String in self.text(for: progress, &state) }
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
            let steps = label(phase) + bar(done, total) + "\(Format.count(done)) of \(Format.count(total))"
            guard failed > 0 else { return status(steps, &state) }
            let failures = "\(Format.count(failed)) failed"
            return status("\(steps), \(failures)", painted: "\(steps), \(style.apply(.bad, to: failures))", &state)
        case .second(let row, let elapsed, let planned):
            guard isDue(&state) else { return "" }
            let label = label(state.phase ?? .drive)
            var width = Int.max
            if case .terminal(let columns) = mode { width = columns - 1 - label.count }
            return status(label + describe(row, elapsed, planned, width: width), &state)
        case .queries(let agreed, let total, let elapsed, let patience):
            guard isDue(&state) else { return "" }
            var line = label(.verify) + "\(Format.count(agreed)) of \(Format.count(total, "query", "queries")) agree"
            if agreed < total {
                line += "; waiting for the hub's index, \(Format.duration(elapsed)) of \(Format.duration(patience))"
            }
            return status(line, &state)
        case .snapshot: return ""
        case .phaseFinished(let result):
            if case .quiet = mode { return "" }
            let time = Format.right(Format.duration(result.duration), 10)
            let summary = result.summary.isEmpty ? "" : "  \(result.summary)"
            return permanent("\(label(result.phase))\(time)\(summary)", &state)
        }
    }

    private func label(_ phase: RunPhase) -> String { Format.left(phase.rawValue, 11) }

    /// How far a phase is, as twenty signs; on a terminal only.
    private func bar(_ done: Int, _ total: Int) -> String {
        guard case .terminal = mode, total > 0 else { return "" }
        let share = Double(min(max(done, 0), total)) / Double(total)
        let full = Int(share * 20)
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: 20 - full) + "] "
    }

    /// What one second was like; a terminal gets the parts that fit, the more telling ones first.
    private func describe(_ row: TimelineRow, _ elapsed: Duration, _ planned: Duration, width: Int) -> String {
        var parts = [
            "\(elapsed.components.seconds)/\(planned.components.seconds) s",
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
        var line = parts.removeFirst()
        for part in parts where line.count + 2 + part.count <= width { line += "  " + part }
        return line
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

    /// A line that the next one replaces on a terminal; `painted` is the same line with colours.
    private func status(_ line: String, painted: String? = nil, _ state: inout State) -> String {
        switch mode {
        case .terminal(let columns):
            state.hasStatus = true
            // A line that wraps could not be rewritten, and a colour that is cut off would stay on.
            return "\r\u{1B}[K" + (line.count < columns ? painted ?? line : String(line.prefix(max(columns - 1, 1))))
        case .plain: return (painted ?? line) + "\n"
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
