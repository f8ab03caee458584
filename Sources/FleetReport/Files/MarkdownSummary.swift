import FleetRunner

/// `summary.md`: what a pull request or a job's page wants to know, in GitHub-flavoured Markdown.
enum MarkdownSummary {
    /// Rows of groups in the latency table, of each dimension.
    private static let maximumGroups = 8

    static func text(_ result: RunResult) -> String {
        var lines = [heading(result), ""]
        lines += result.story.map { "- \(escaped($0))" }
        if !result.story.isEmpty { lines.append("") }
        lines += [facts(result), ""]
        lines += devices(result)
        lines += latencies(result)
        lines += thresholds(result)
        lines += errors(result)
        return lines.joined(separator: "\n")
    }

    private static func heading(_ result: RunResult) -> String {
        let sign =
            switch result.verdict {
            case .pass: result.wasInterrupted ? "⚠️" : "✅"
            case .fail: "❌"
            case .invalid: "⚠️"
            }
        let interrupted = result.wasInterrupted ? ", interrupted" : ""
        return "## \(sign) \(result.verdict.rawValue): \(escaped(result.fleetName))\(interrupted)"
    }

    private static func facts(_ result: RunResult) -> String {
        let books = result.accounting
        let sums = books.balances.map { balance in
            "\(balance.name) \(Format.count(balance.total)) = "
                + balance.parts.map { "\(Format.count($0.count)) \($0.name)" }.joined(separator: " + ")
                + (balance.holds ? "" : " **(does not add up)**")
        }
        return """
            \(Format.count(result.devices.ready)) of \(Format.count(result.devices.declared, "device")) ready, \
            \(result.load.text), \
            hub `\(code(result.hubHostName))`, seed \(result.seed).
            \(sums.joined(separator: "; ")). \(result.verification).
            """
    }

    private static func devices(_ result: RunResult) -> [String] {
        guard let disconnection = result.disconnection else { return [] }
        let gone = result.devices.disconnected
        let shown = gone.prefix(5).map { "- \(escaped($0.deviceID)): \(escaped($0.reason))" }
        return ["\(disconnection):", ""] + shown
            + (gone.count > 5 ? ["- and \(Format.count(gone.count - 5)) more"] : []) + [""]
    }

    private static func latencies(_ result: RunResult) -> [String] {
        var rows: [String] = []
        for metric in LatencyMetric.allCases {
            for table in result.latencies {
                let isOverall = table.dimension == "overall"
                guard isOverall || (table.dimension == "transport" && table.groups.count > 1) else { continue }
                for group in table.groups.prefix(maximumGroups) {
                    guard let histogram = group.histograms[metric], histogram.count > 0 else { continue }
                    let figures = [50, 90, 99, 99.9].map { histogram.percentile($0) } + [histogram.maximumMicroseconds]
                    let cells =
                        [isOverall ? "`\(metric.rawValue)`" : escaped(group.name), Format.count(histogram.count)]
                        + figures.map { Format.time(microseconds: $0) }
                    rows.append("| \(cells.joined(separator: " | ")) |")
                }
            }
        }
        guard !rows.isEmpty else { return ["No change reached a device.", ""] }
        return [
            "| latency | count | p50 | p90 | p99 | p99.9 | max |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
            + rows + [""]
    }

    private static func thresholds(_ result: RunResult) -> [String] {
        guard !result.thresholds.isEmpty else { return [] }
        return ["| threshold | observed | |", "| --- | ---: | --- |"]
            + result.thresholds.map { outcome in
                let detail = outcome.detail.isEmpty ? "" : ": \(escaped(outcome.detail))"
                return "| \(escaped(outcome.text)) | \(escaped(outcome.observed)) | "
                    + (outcome.passed ? "ok" : "**FAIL**\(detail)") + " |"
            } + [""]
    }

    private static func errors(_ result: RunResult) -> [String] {
        guard !result.errors.isEmpty else { return [] }
        let shown = result.errors.prefix(10).map { group in
            "- \(group.phase.rawValue): \(Format.count(group.count)) × \(escaped(group.reason))"
        }
        let more = result.errors.count - shown.count
        return ["Errors by reason:", ""] + shown
            + (more > 0 ? ["- and \(Format.count(more, "other reason"))"] : []) + [""]
    }

    /// A text that Markdown shows as it is, on one line.
    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~": output += "\\\(scalar)"
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case _ where scalar.value < 0x20: output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// A text between backquotes.
    private static func code(_ text: String) -> String { text.filter { $0 != "`" && !$0.isNewline } }
}
