import FleetRunner
import NIOConcurrencyHelpers
import Testing

@testable import FleetReport

@Suite("Live view")
struct LiveViewTests {
    /// As long as a real one.
    private static let page = "http://127.0.0.1:41867/?token=_VoOsGUl7IWc7I9mYWfsq_RjvcY3QzvRNLIbAbCdEfG"

    /// A terminal whose size and clock are moved by hand, and what was printed on it.
    private final class Desk: Sendable {
        private let elapsed = NIOLockedValueBox(Duration.zero)
        private let printed = NIOLockedValueBox<[String]>([])
        private let size: NIOLockedValueBox<LiveView.Size>
        private let writes = NIOLockedValueBox<[@Sendable () -> Void]>([])
        private let start = ContinuousClock.now

        init(columns: Int = 100, rows: Int = 30) {
            size = NIOLockedValueBox(LiveView.Size(columns: columns, rows: rows))
        }

        var drawings: [String] {
            write()
            return printed.withLockedValue(\.self)
        }

        /// Lets the writer do what it was asked for.
        @Sendable func write() {
            let due = writes.withLockedValue { writes in
                defer { writes = [] }
                return writes
            }
            for write in due { write() }
        }

        func pass(_ duration: Duration) { elapsed.withLockedValue { $0 += duration } }

        func resize(columns: Int, rows: Int) {
            size.withLockedValue { $0 = LiveView.Size(columns: columns, rows: rows) }
        }

        func view(isColored: Bool = false) -> LiveView {
            LiveView(
                style: Style(isColored: isColored),
                links: [("page", LiveViewTests.page)],
                size: { self.size.withLockedValue(\.self) },
                now: { self.start + self.elapsed.withLockedValue(\.self) },
                writer: LiveView.Writer(
                    perform: { write in self.writes.withLockedValue { $0.append(write) } },
                    wait: write
                )
            ) { text in
                self.printed.withLockedValue { $0.append(text) }
            }
        }
    }

    private func phase(_ phase: RunPhase, _ milliseconds: Int, _ summary: String = "") -> RunProgress {
        .phaseFinished(PhaseResult(phase: phase, start: .zero, duration: .milliseconds(milliseconds), summary: summary))
    }

    private var driving: LiveModel {
        var model = LiveModel()
        for finished in [phase(.load, 12), phase(.provision, 340), phase(.connect, 1203), phase(.ready, 512)] {
            model.take(finished)
        }
        model.take(.phaseStarted(.drive, total: 20))
        for second in 0..<12 {
            var row = TimelineRow(second: second)
            row.syncP50Microseconds = second == 4 ? nil : 1500 + Int64(second * second * 20)
            row.syncP99Microseconds = second == 4 ? nil : 9000 + Int64(second % 5) * 30_000
            model.take(.second(row, elapsed: .seconds(second + 1), planned: .seconds(20)))
        }
        model.take(.note("127.0.0.1 refused 3 connections; trying again"))
        model.take(.snapshot(SampleSnapshot.driving))
        return model
    }

    private func text(_ model: LiveModel, columns: Int, rows: Int) -> String {
        LiveScreen(model: model, links: [("page", Self.page)], columns: columns)
            .lines(rows: rows).map { $0.text(width: columns, style: Style(isColored: false)) }
            .joined(separator: "\n") + "\n"
    }

    @Test("a whole screen while driving, at several sizes", arguments: [(120, 40), (80, 24), (40, 12)])
    func driving(columns: Int, rows: Int) throws {
        try expectGolden(text(driving, columns: columns, rows: rows), "live-\(columns)x\(rows).txt")
    }

    @Test("a screen while devices connect")
    func connecting() throws {
        var model = LiveModel()
        model.take(phase(.load, 12))
        model.take(phase(.provision, 340))
        model.take(.phaseStarted(.connect, total: 1000))
        model.take(.phaseProgress(.connect, done: 250, total: 1000, failed: 3))
        var snapshot = SampleSnapshot.driving
        snapshot.phase = .connect
        snapshot.phasePlanned = nil
        snapshot.devices.connected = 250
        snapshot.devices.ready = 0
        snapshot.errors = []
        model.take(.snapshot(snapshot))
        try expectGolden(text(model, columns: 80, rows: 24), "live-connect.txt")
    }

    @Test("no line is wider and no screen is higher than the terminal", arguments: [1, 7, 20, 41, 79, 100, 250])
    func fits(columns: Int) {
        for rows in [0, 1, 5, 24, 60] {
            let lines = LiveScreen(model: driving, links: [], columns: columns).lines(rows: rows)
            #expect(lines.count <= rows)
            for line in lines {
                #expect(line.text(width: columns, style: Style(isColored: false)).count <= columns)
            }
        }
    }

    @Test("colours are not cut off, and are left out when they are not wanted")
    func colours() {
        for line in LiveScreen(model: driving, links: [], columns: 33).lines(rows: 40) {
            let text = line.text(width: 33, style: Style(isColored: true))
            let starts = text.matches(of: #/\x1B\[\d+m/#).count - text.matches(of: #/\x1B\[0m/#).count
            #expect(starts == text.matches(of: #/\x1B\[0m/#).count)
        }
        let desk = Desk()
        let view = desk.view()
        view.observe(.snapshot(SampleSnapshot.driving))
        #expect(desk.drawings.joined().firstMatch(of: #/\x1B\[\d+m/#) == nil)
    }

    @Test("a drawing begins at the top, shows nothing half done, and clears what it does not write")
    func inPlace() throws {
        let desk = Desk()
        let view = desk.view()
        view.observe(.snapshot(SampleSnapshot.driving))
        desk.write()
        desk.pass(.seconds(1))
        view.observe(.snapshot(SampleSnapshot.driving))
        let (first, second) = (try #require(desk.drawings.first), try #require(desk.drawings.last))
        #expect(first.hasPrefix("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?2026h\u{1B}[2J\u{1B}[H"))
        #expect(second.hasPrefix("\u{1B}[?2026h\u{1B}[H\u{1B}[K") && second.hasSuffix("\r\n\u{1B}[J\u{1B}[?2026l"))
        #expect(desk.drawings.count == 2)
    }

    @Test("a terminal of another size is drawn anew")
    func resized() throws {
        let desk = Desk(columns: 120, rows: 40)
        let view = desk.view()
        view.observe(.snapshot(SampleSnapshot.driving))
        desk.write()
        desk.resize(columns: 60, rows: 12)
        desk.pass(.seconds(1))
        view.observe(.snapshot(SampleSnapshot.driving))
        let last = try #require(desk.drawings.last)
        #expect(last.contains("\u{1B}[2J\u{1B}[H"))
        let lines = last.split(separator: "\r\n")
        #expect(lines.count <= 12)
    }

    @Test("a screen is drawn five times a second at most, but for what must not be missed")
    func pace() {
        let desk = Desk()
        let view = desk.view()
        view.observe(.phaseStarted(.connect, total: 1000))
        for done in 0..<1000 {
            desk.pass(.milliseconds(1))
            view.observe(.phaseProgress(.connect, done: done, total: 1000, failed: 0))
            desk.write()
        }
        #expect(desk.drawings.count == 6)
        view.observe(.note("interrupted"))
        #expect(desk.drawings.count == 7)
    }

    @Test("the old screen comes back at the end, with the notes")
    func end() throws {
        let desk = Desk()
        let view = desk.view()
        view.observe(.note("one device has gone"))
        desk.write()
        view.finish()
        view.finish()
        view.observe(.note("too late"))
        #expect(desk.drawings.dropFirst() == ["\u{1B}[?25h\u{1B}[?1049l", "note  one device has gone\n"])
    }

    @Test("a drawing that was still to come when the run ended does not take the terminal again")
    func lateDrawing() throws {
        let desk = Desk()
        let view = desk.view()
        view.observe(.note("one"))
        desk.write()
        view.observe(.note("two"))
        view.finish()
        #expect(
            desk.drawings.dropFirst() == ["\u{1B}[?25h\u{1B}[?1049l", "note  one\nnote  two\n"]
        )
    }

    @Test("a terminal that is not read keeps nobody waiting, and gets the latest when it is read again")
    func unread() throws {
        let desk = Desk()
        let view = desk.view()
        var snapshot = SampleSnapshot.driving
        for second in 0..<20 {
            desk.pass(.seconds(1))
            snapshot.phaseElapsed = .seconds(second)
            view.observe(.snapshot(snapshot))
        }
        let drawings = desk.drawings
        #expect(drawings.count == 1)
        #expect(drawings.first?.contains("0:19 of 0:20") == true)
    }

    @Test("what belongs together is drawn together: a second of the sparkline with its figures")
    func together() {
        let desk = Desk()
        let view = desk.view()
        view.observe(.snapshot(SampleSnapshot.driving))
        #expect(desk.drawings.count == 1)
        desk.pass(.seconds(1))
        view.observe(.second(TimelineRow(second: 1), elapsed: .seconds(2), planned: .seconds(20)))
        #expect(desk.drawings.count == 1)
        view.observe(.snapshot(SampleSnapshot.driving))
        #expect(desk.drawings.count == 2)
    }

    @Test("a terminal that was given back is taken again by the next drawing")
    func left() throws {
        let desk = Desk()
        let view = desk.view()
        view.observe(.snapshot(SampleSnapshot.driving))
        desk.write()
        view.leave()
        view.observe(.snapshot(SampleSnapshot.driving))
        let drawings = desk.drawings
        #expect(drawings.count == 3 && drawings[1] == LiveView.restoring)
        #expect(drawings[2].hasPrefix("\u{1B}[?1049h"))
    }

    @Test("no address is cut off", arguments: [20, 60, 80, 100])
    func addresses(columns: Int) {
        #expect(text(driving, columns: columns, rows: 60).replacing("\n", with: "").contains(Self.page))
    }

    @Test("sparklines are logarithmic, and leave gaps")
    func sparkline() {
        let line = Sparkline.draw([100, 1000, nil, 10_000, 20_000_000], range: 100...10_000, width: 4)
        #expect(line == "▅ ██")
        #expect(Sparkline.draw([5, 5], range: 5...5, width: 9) == "▁▁")
    }
}
