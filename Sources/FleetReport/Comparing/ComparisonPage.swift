import FleetRunner

/// A comparison as a page.
public enum ComparisonPage {
    /// Makes the page: self-contained, without scripts.
    public static func text(_ comparison: Comparison) -> String {
        let body = HTML([
            head(comparison),
            HTMLPage.section("Runs", runs(comparison)),
            HTMLPage.section("Latency distribution", distributions(comparison)),
            HTMLPage.section("Figures", figures(comparison)),
            HTMLPage.section("Over time", overTime(comparison)),
        ])
        return HTMLPage(title: "\(Format.count(comparison.runs.count)) runs compared", body: body).text
    }

    /// How a run is called on this page.
    private static func name(_ index: Int) -> String { index == 0 ? "run 1 (baseline)" : "run \(index + 1)" }

    private static func head(_ comparison: Comparison) -> HTML {
        let worse = comparison.runs(.worse)
        let (word, tone): (String, HTMLPage.Tone) =
            switch comparison.exitCode {
            case .pass: ("no worse", .good)
            case .fail: (worse.isEmpty ? "FAIL" : "worse", .bad)
            case .interrupted: ("interrupted", .doubtful)
            default: ("INVALID", .doubtful)
            }
        var lines = (worse + comparison.runs(.better)).map { figure, run -> HTML in
            let isWorse = figure.cells[run].judgement == .worse
            let mark = HTMLPage.mark(isWorse ? "worse" : "better", isWorse ? .bad : .good)
            return "<li>run \(run + 1) \(mark): \(ComparisonText.sentence(figure, run))</li>"
        }
        if lines.isEmpty { lines.append("<li>No difference exceeds noise.</li>") }
        for run in comparison.runs.indices where comparison.scattered(run) > 0 {
            lines.append("<li>run \(run + 1): \(ComparisonText.scatter(comparison.scattered(run))).</li>")
        }
        for run in comparison.runs.indices where !comparison.isSameLoad(run) {
            lines.append("<li>\(HTMLPage.mark("Another load", .doubtful)): \(comparison.otherLoad(run)).</li>")
        }
        if !comparison.isSameFleet {
            lines.append(
                "<li>\(HTMLPage.mark("The fingerprints differ", .doubtful)): these runs had other devices, connections, "
                    + "changes or seeds, so differences may come from those.</li>"
            )
        }
        return """
            <header class="head tone-\(tone.rawValue)">
            <h1><span class="badge">\(word)</span>\(Format.count(comparison.runs.count)) runs compared</h1>
            <ul class="why">\(lines)</ul>
            </header>
            """
    }

    private static func runs(_ comparison: Comparison) -> HTML {
        var table = HTMLTable([
            ("", .word), ("verdict", .word), ("fleet", .text), ("fingerprint", .word), ("started", .word),
            ("folder", .text),
        ])
        for (index, run) in comparison.runs.enumerated() {
            let result = run.result
            let verdict = result.verdict.rawValue + (result.wasInterrupted ? ", interrupted" : "")
            table.add([
                "\(name(index))", HTMLPage.mark(verdict, ReportHead.tone(result)),
                "\(result.fleetName), seed \(String(result.seed)), twinfleet \(result.versions.twinfleet)",
                "<code>\(result.versions.fleetFingerprint)</code>",
                "\(ReportHead.started(result))", "\(run.path)",
            ])
        }
        return table.html
    }

    private static func figures(_ comparison: Comparison) -> HTML {
        var table = HTMLTable([("", .word)] + comparison.runs.indices.map { ("run \($0 + 1)", .number) })
        for figure in comparison.figures {
            let cells = figure.cells.map { cell -> HTML in
                let share = ComparedFigure.text(share: cell.share)
                let value: HTML = "\(figure.text(cell.value))"
                let difference: HTML = share.isEmpty ? "" : "<br/><span class=\"faint\">\(share)</span>"
                return switch cell.judgement {
                case .worse: value + "<br/>" + HTMLPage.mark("\(share) worse", .bad)
                case .better: value + "<br/>" + HTMLPage.mark("\(share) better", .good)
                case .tooFewSamples: value + difference + "<span class=\"faint\"> ?</span>"
                case .same, nil: value + difference
                }
            }
            table.add(["\(figure.name)"] + cells)
        }
        return """
            \(table.html)
            <p class="note">Worse and better: by more than noise (\(ComparisonText.method)). "?": too few samples to \
            say. Counters, greatest values and what the machine used are not judged.</p>
            """
    }

    private static func distributions(_ comparison: Comparison) -> HTML {
        let charts = [LatencyMetric.sync, .delivery, .echo, .hubToDevice].map { metric in
            DistributionCharts.chart(
                metric.rawValue,
                comparison.runs.enumerated().compactMap { index, run in
                    run.result.overall(metric).map { (name(index), $0) }
                }
            )
        }.filter { !$0.isEmpty }
        return charts.isEmpty ? "" : "<div class=\"charts\">\(charts)</div>"
    }

    private static func overTime(_ comparison: Comparison) -> HTML {
        let lines = comparison.runs.enumerated().map { (name: name($0.offset), rows: $0.element.result.timeline) }
        let charts = [TimelineCharts.syncTail(lines), TimelineCharts.acknowledged(lines)].filter { !$0.isEmpty }
        return charts.isEmpty ? "" : "<div class=\"charts\">\(charts)</div>"
    }
}
