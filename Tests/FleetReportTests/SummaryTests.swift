import FleetRunner
import IoTHub
import Testing

@testable import FleetReport

@Suite("The summary on a terminal")
struct SummaryTests {
    private let usage = LocalHubUsage(cpuSeconds: 4.2, peakResidentBytes: 61_000_000)

    @Test("of a run that passed")
    func passed() throws {
        let text = SummaryText.render(SampleResult.passed, hubUsage: usage, style: Style(isColored: false))
        try expectGolden(text, "summary-passed.txt")
    }

    @Test("of a run in which all went wrong")
    func failed() throws {
        try expectGolden(SummaryText.render(SampleResult.failed, style: Style(isColored: false)), "summary-failed.txt")
    }

    @Test("of a run that was over before it began")
    func empty() throws {
        try expectGolden(SummaryText.render(SampleResult.empty, style: Style(isColored: false)), "summary-empty.txt")
    }

    @Test("no line is longer than 100 columns or ends in a space")
    func width() {
        for result in [SampleResult.passed, SampleResult.failed] {
            let text = SummaryText.render(result, hubUsage: usage, style: Style(isColored: false))
            for line in text.split(separator: "\n") {
                #expect(line.count <= 100, "\(line)")
                #expect(line.last != " ", "\(line)")
            }
        }
    }

    @Test("on a narrower terminal no line is longer, and no figure of a latency is missing", arguments: [72, 80, 91])
    func narrow(columns: Int) throws {
        for result in [SampleResult.passed, SampleResult.failed] {
            let text = SummaryText.render(result, style: Style(isColored: false), columns: columns)
            for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
            let head = try #require(text.split(separator: "\n").first { $0.hasPrefix("latency ") })
            for column in ["p50", "p90", "p99", "p99.9", "max"] { #expect(head.contains(" \(column)")) }
        }
    }

    @Test("colours change no character of the text")
    func colors() {
        for result in [SampleResult.passed, SampleResult.failed] {
            let plain = SummaryText.render(result, style: Style(isColored: false))
            let colored = SummaryText.render(result, style: Style(isColored: true))
            #expect(colored != plain)
            #expect(colored.replacing(/\u{1B}\[[0-9]*m/, with: "") == plain)
        }
    }

    @Test("colours need a terminal that has them and a user who wants them")
    func style() {
        #expect(Style(isTerminal: true, environment: ["TERM": "xterm"]).isColored)
        #expect(!Style(isTerminal: false, environment: ["TERM": "xterm"]).isColored)
        #expect(!Style(isTerminal: true, environment: ["TERM": "dumb"]).isColored)
        #expect(!Style(isTerminal: true, environment: ["NO_COLOR": "1"]).isColored)
        #expect(Style(isTerminal: true, environment: ["NO_COLOR": ""]).isColored)
    }

    @Test("long texts are cut at spaces, long words in themselves")
    func pieces() {
        #expect(Page.pieces(of: "a bc def", width: 4) == ["a bc", "def"])
        #expect(Page.pieces(of: "abcdefgh i", width: 3) == ["abc", "def", "gh", "i"])
        #expect(Page.pieces(of: "", width: 3) == [""])
        #expect(Page.pieces(of: "a\nb", width: 3) == ["a b"])
        #expect(Page.pieces(of: "ab", width: 0) == ["a", "b"])
    }

    @Test(
        "times have three significant digits",
        arguments: [
            (nil, "-"), (0, "0 µs"), (-5, "-5 µs"), (999, "999 µs"), (1000, "1.00 ms"), (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (99_960, "100 ms"), (999_499, "999 ms"), (999_500, "1.00 s"), (12_000_000, "12.0 s"),
            (3_600_000_000, "3600 s"),
        ] as [(Int64?, String)]
    )
    func time(_ microseconds: Int64?, _ text: String) {
        #expect(Format.time(microseconds: microseconds) == text)
    }

    @Test("other figures")
    func figures() {
        #expect(Format.duration(.milliseconds(210)) == "0.21 s")
        #expect(Format.duration(.seconds(200)) == "3 min 20 s")
        #expect(Format.duration(.seconds(7_325)) == "2 h 2 min 5 s")
        #expect(Format.bytes(1023) == "1023 B")
        #expect(Format.bytes(47_500_000) == "45.3 MB")
        #expect(Format.rate(0.5) == "0.50/s")
        #expect(Format.rate(1_234.4) == "1,234/s")
        #expect(Format.rate(.infinity).hasSuffix("/s"))
        #expect(Format.percent(0.9999) == "99.9 %")
        #expect(Format.percent(1) == "100.0 %")
        #expect(
            [0.1234, -0.0004, -0.5, 8.99, 11].map(Format.signedPercent) == [
                "+12.3 %", "+0.0 %", "-50.0 %", "+899.0 %", "×12.0",
            ]
        )
        #expect(Format.count(-1_234_567) == "-1,234,567")
        #expect(Format.count(1, "device") == "1 device")
        #expect(Format.shortened("abcdefgh", to: 5) == "ab…gh")
    }
}
