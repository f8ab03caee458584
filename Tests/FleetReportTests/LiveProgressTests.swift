import FleetRunner
import NIOConcurrencyHelpers
import Testing

@testable import FleetReport

@Suite("Live progress")
struct LiveProgressTests {
    /// A clock that is moved by hand, and what was printed.
    private final class Desk: Sendable {
        private let elapsed = NIOLockedValueBox(Duration.zero)
        private let printed = NIOLockedValueBox("")
        private let start = ContinuousClock.now

        var text: String { printed.withLockedValue(\.self) }

        func pass(_ duration: Duration) { elapsed.withLockedValue { $0 += duration } }

        func progress(_ mode: LiveProgress.Mode) -> LiveProgress {
            LiveProgress(
                mode: mode,
                style: Style(isColored: false),
                now: { self.start + self.elapsed.withLockedValue(\.self) }
            ) { text in
                self.printed.withLockedValue { $0 += text }
            }
        }
    }

    /// A short run, with the pauses in which things happen.
    private func play(_ progress: LiveProgress, _ desk: Desk) {
        progress.observe(.phaseStarted(.load, total: nil))
        progress.observe(
            .phaseFinished(
                PhaseResult(phase: .load, start: .zero, duration: .milliseconds(12), summary: "20 devices, 200 changes")
            )
        )
        progress.observe(.phaseStarted(.connect, total: 1000))
        for done in [1, 250, 251, 700, 1000] {
            desk.pass(done == 251 ? .milliseconds(50) : .seconds(6))
            progress.observe(.phaseProgress(.connect, done: done, total: 1000, failed: done / 300))
        }
        progress.observe(.note("127.0.0.1 refused 3 connections; trying again"))
        progress.observe(
            .phaseFinished(
                PhaseResult(phase: .connect, start: .zero, duration: .seconds(24), summary: "997 of 1000 connected")
            )
        )
        progress.observe(.phaseStarted(.drive, total: 20))
        for row in SampleResult.timeline {
            desk.pass(.seconds(5))
            progress.observe(.second(row, elapsed: .seconds(row.second + 1), planned: .seconds(20)))
        }
        progress.observe(.phaseFinished(PhaseResult(phase: .drive, start: .zero, duration: .seconds(20), summary: "")))
        progress.observe(.phaseStarted(.verify, total: 20))
        for (agreed, elapsed) in [(0, 3), (1, 12), (2, 14)] {
            desk.pass(.seconds(6))
            progress.observe(
                .queries(
                    agreed: agreed,
                    total: 2,
                    elapsed: .seconds(elapsed),
                    patience: .seconds(30),
                    pagesPerSecond: nil
                )
            )
        }
    }

    @Test("a pipe gets plain lines")
    func plain() throws {
        let desk = Desk()
        play(desk.progress(.plain), desk)
        try expectGolden(desk.text, "progress-plain.txt")
    }

    @Test("who wants quiet gets notes only")
    func quiet() {
        let desk = Desk()
        play(desk.progress(.quiet), desk)
        #expect(desk.text == "note  127.0.0.1 refused 3 connections; trying again\n")
    }
}
