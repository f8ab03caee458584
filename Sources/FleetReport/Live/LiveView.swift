import Dispatch
public import FleetRunner
import NIOConcurrencyHelpers

/// Shows a run on one screen of a terminal, refreshed in place; the screen that was there before comes back at the end.
public final class LiveView: Sendable {
    /// A terminal's size in characters.
    public struct Size: Sendable, Hashable {
        /// Characters in a line.
        public var columns: Int
        /// Lines.
        public var rows: Int

        /// Creates a size.
        public init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// Who writes to the terminal: somebody else than the run, which must not wait for a terminal that nobody reads.
    struct Writer: Sendable {
        /// Carries out writes one after the other.
        var perform: @Sendable (@escaping @Sendable () -> Void) -> Void
        /// Returns when they are done.
        var wait: @Sendable () -> Void

        /// A thread for it.
        static func queue() -> Writer {
            let queue = DispatchQueue(label: "twinfleet.live-view")
            return Writer(perform: { queue.async(execute: $0) }, wait: { queue.sync {} })
        }
    }

    private struct State {
        var model = LiveModel()
        var lastDrawn: ContinuousClock.Instant?
        var lastSize: Size?
        var isOpen = false
        /// Whether a drawing is to come; it shows what is known by then.
        var isAwaited = false
        var isFinished = false
    }

    /// Between two drawings.
    private static let interval: Duration = .milliseconds(200)

    private let style: Style
    private let links: [(name: String, address: String)]
    private let size: @Sendable () -> Size
    private let now: @Sendable () -> ContinuousClock.Instant
    private let print: @Sendable (String) -> Void
    private let writer: Writer
    private let state = NIOLockedValueBox(State())

    /// What gives a terminal its old screen and its cursor back.
    public static let restoring = "\u{1B}[?25h\u{1B}[?1049l"

    /// Makes a view; nothing is shown before the run tells something.
    /// - Parameters:
    ///   - style: whether to use colours.
    ///   - links: addresses to show under the run's figures, by name.
    ///   - size: asked at each drawing, so that a terminal can change its size.
    ///   - print: writes text as it is, all at once; called on a thread of its own.
    public convenience init(
        style: Style,
        links: [(name: String, address: String)] = [],
        size: @escaping @Sendable () -> Size,
        print: @escaping @Sendable (String) -> Void
    ) {
        self.init(style: style, links: links, size: size, now: { .now }, writer: .queue(), print: print)
    }

    init(
        style: Style,
        links: [(name: String, address: String)],
        size: @escaping @Sendable () -> Size,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        writer: Writer,
        print: @escaping @Sendable (String) -> Void
    ) {
        self.style = style
        self.links = links
        self.size = size
        self.now = now
        self.writer = writer
        self.print = print
    }

    /// Takes what a run tells; never waits for the terminal.
    public func observe(_ progress: RunProgress) {
        let isToDraw = state.withLockedValue { state in
            guard !state.isFinished else { return false }
            state.model.take(progress)
            guard !state.isAwaited, isDue(progress, state) else { return false }
            state.isAwaited = true
            state.lastDrawn = now()
            return true
        }
        if isToDraw { writer.perform { self.draw() } }
    }

    /// Gives the terminal back for a while, as when the program is stopped; the next drawing takes it again.
    public func leave() {
        writer.perform {
            let wasOpen = self.state.withLockedValue { state in
                defer { (state.isOpen, state.lastSize) = (false, nil) }
                return state.isOpen
            }
            if wasOpen { self.print(Self.restoring) }
        }
        writer.wait()
    }

    /// Brings back the screen that was there before, and prints the notes of the run on it; a second call does nothing.
    public func finish() {
        let notes: [String]? = state.withLockedValue { state in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            return state.model.notes
        }
        guard let notes else { return }
        leave()
        let text = notes.map { "\(style.apply(.doubtful, to: "note"))  \(Format.printable($0))\n" }.joined()
        writer.perform { if !text.isEmpty { self.print(text) } }
        writer.wait()
    }

    /// What a person would miss is drawn at once; the rest a few times a second.
    private func isDue(_ progress: RunProgress, _ state: State) -> Bool {
        switch progress {
        case .phaseStarted, .phaseFinished, .note, .snapshot: return true
        // Its snapshot follows at once.
        case .second: return false
        case .phaseProgress, .queries:
            guard let last = state.lastDrawn else { return true }
            return now() - last >= Self.interval
        }
    }

    private func draw() {
        let size = size()
        let before: (model: LiveModel, isOpen: Bool, lastSize: Size?)? = state.withLockedValue { state in
            state.isAwaited = false
            // The screen from before is back; taking it again would leave the terminal without it.
            guard !state.isFinished else { return nil }
            defer { (state.isOpen, state.lastSize) = (true, size) }
            return (state.model, state.isOpen, state.lastSize)
        }
        guard let (model, isOpen, lastSize) = before else { return }
        let lines = LiveScreen(model: model, links: links, columns: size.columns).lines(rows: size.rows)
        var text = isOpen ? "" : "\u{1B}[?1049h\u{1B}[?25l"
        // Terminals that know it show nothing until the drawing is whole.
        text += "\u{1B}[?2026h"
        // After a change of size, old lines may stand anywhere.
        text += lastSize == size ? "\u{1B}[H" : "\u{1B}[2J\u{1B}[H"
        // Lines are cleared before they are written: behind a line that is full, clearing would take its last character.
        text += lines.map { "\u{1B}[K" + $0.text(width: size.columns, style: style) }.joined(separator: "\r\n")
        if lines.count < size.rows { text += "\r\n\u{1B}[J" }
        print(text + "\u{1B}[?2026l")
    }
}
