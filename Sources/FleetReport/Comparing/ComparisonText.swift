import FleetRunner

/// A comparison as a person reads it on a terminal, up to 100 columns wide.
public struct ComparisonText {
    private static let nameWidth = 25
    private static let valueWidth = 10
    private static let shareWidth = 11
    private static let columnWidth = valueWidth + shareWidth
    /// Runs beside the baseline in one table; further ones have a table of their own.
    private var runsInTable: Int {
        max(1, (page.width - 2 - Self.nameWidth - Self.valueWidth) / Self.columnWidth)
    }
    /// What the differences' marks are.
    private static let marks: [ComparedFigure.Judgement: String] = [.worse: "!", .better: "*", .tooFewSamples: "?"]

    private let comparison: Comparison
    private var page: Page

    /// Makes the text.
    /// - Parameters:
    ///   - comparison: the runs.
    ///   - style: whether to use colours.
    ///   - columns: the terminal's; nil where there is none.
    /// - Returns: lines that end in a line feed each.
    public static func render(_ comparison: Comparison, style: Style, columns: Int? = nil) -> String {
        var text = ComparisonText(comparison: comparison, page: Page(style: style, columns: columns))
        text.addRuns()
        text.addTables()
        text.addDifferences()
        return text.page.lines.joined(separator: "\n") + "\n"
    }

    private init(comparison: Comparison, page: Page) {
        self.comparison = comparison
        self.page = page
    }

    private mutating func addRuns() {
        page.heading("runs")
        for (index, run) in comparison.runs.enumerated() {
            let result = run.result
            page.row("run \(index + 1)", run.path + (index == 0 ? " (baseline)" : ""), tone: result.tone)
            page.row(
                "",
                "\(result.verdict.rawValue)\(result.wasInterrupted ? ", interrupted" : ""): \(result.fleetName), "
                    + "seed \(result.seed), fingerprint \(result.versions.fleetFingerprint), twinfleet "
                    + "\(result.versions.twinfleet)"
            )
        }
        for run in comparison.runs.indices where !comparison.isSameLoad(run) {
            page.row("WARNING", comparison.otherLoad(run), tone: .doubtful)
        }
        guard !comparison.isSameFleet else { return }
        page.row(
            "WARNING",
            "the fingerprints differ: these runs had other devices, connections, changes or seeds, so differences may "
                + "come from those",
            tone: .doubtful
        )
    }

    private mutating func addTables() {
        let others = Array(comparison.runs.indices.dropFirst())
        for start in stride(from: 0, to: others.count, by: runsInTable) {
            let shown = Array(others[start..<min(start + runsInTable, others.count)])
            page.heading(
                Format.left("figure", Self.nameWidth + 2) + Format.right("run 1", Self.valueWidth)
                    + shown.map { Format.right("run \($0 + 1)", Self.valueWidth) }
                    .joined(separator: String(repeating: " ", count: Self.shareWidth))
            )
            for figure in comparison.figures { addRow(figure, shown) }
        }
        page.line("")
        page.row(
            head: "",
            "! worse, * better than run 1 by more than noise; ? too few samples to say; no mark: not judged, or within "
                + "noise: \(Self.method)"
        )
    }

    /// How noise is judged, in words.
    static let method =
        "all marks together are right with 99 %, by 10 batches of each run; less than 2 % is never marked"

    private mutating func addRow(_ figure: ComparedFigure, _ runs: [Int]) {
        var line =
            "  " + Format.left(figure.name, Self.nameWidth)
            + Format.right(figure.text(figure.cells[0].value), Self.valueWidth)
        for run in runs {
            let cell = figure.cells[run]
            let mark = cell.judgement.flatMap { Self.marks[$0] } ?? ""
            let share =
                Format.right(ComparedFigure.text(share: cell.share), Self.shareWidth - 2) + " "
                + Format.left(mark, 1)
            let text = Format.right(figure.text(cell.value), Self.valueWidth) + share
            switch cell.judgement {
            case .worse: line += page.style.apply(.bad, to: text)
            case .better: line += page.style.apply(.good, to: text)
            case .same, .tooFewSamples, nil: line += text
            }
        }
        while line.last == " " { line.removeLast() }
        page.line(line)
    }

    private mutating func addDifferences() {
        page.heading("differences that exceed noise")
        var isEmpty = true
        for (judgement, tone) in [(ComparedFigure.Judgement.worse, Style.Tone.bad), (.better, .good)] {
            for (figure, run) in comparison.runs(judgement) {
                isEmpty = false
                page.row("run \(run + 1) \(judgement.rawValue)", Self.sentence(figure, run), tone: tone)
            }
        }
        if isEmpty { page.line("  none") }
        for run in comparison.runs.indices where comparison.scattered(run) > 0 {
            page.row("run \(run + 1)", Self.scatter(comparison.scattered(run)), tone: .doubtful)
        }
        let unknown = Set(comparison.runs(.tooFewSamples).map(\.figure.key)).count
        if unknown > 0 {
            page.line("  \(Format.count(unknown, "figure")) with too few samples to say; longer runs have more")
        }
    }

    /// What is to be done about figures that scatter.
    static func scatter(_ count: Int) -> String {
        "\(Format.count(count, "figure")) off by 50 % or more, but the batches of these runs scatter as much: something "
            + "disturbed them; repeat them, longer or on a quieter machine"
    }

    /// What a difference is, in words.
    static func sentence(_ figure: ComparedFigure, _ run: Int) -> String {
        let cell = figure.cells[run]
        let share = cell.share.map { " (\(ComparedFigure.text(share: $0)))" } ?? ""
        let interval =
            cell.interval.map {
                "; by batches \(ComparedFigure.text(share: $0.lowerBound)) to \(ComparedFigure.text(share: $0.upperBound))"
            } ?? ""
        return "\(figure.name) \(figure.text(figure.cells[0].value)) → \(figure.text(cell.value))\(share)\(interval)"
    }
}
