import FleetRunner

/// Thresholds, and the sums of the books.
enum ReportBooks {
    static func thresholds(_ result: RunResult) -> HTML {
        guard !result.thresholds.isEmpty else { return "" }
        var table = HTMLTable([("", .word), ("threshold", .text), ("observed", .number), ("samples", .number)])
        for outcome in result.thresholds {
            let detail: HTML = outcome.detail.isEmpty ? "" : "<br/><span class=\"faint\">\(outcome.detail)</span>"
            table.add([
                outcome.passed ? HTMLPage.mark("ok", .good) : HTMLPage.mark("FAIL", .bad),
                "\(outcome.text)\(outcome.isDefault ? " (always)" : "")\(detail)", "\(outcome.observed)",
                "\(outcome.sampleCount.map { Format.count($0) } ?? "")",
            ])
        }
        return table.html
    }

    static func accounting(_ result: RunResult) -> HTML {
        let books = result.accounting
        var table = HTMLTable([("", .word), ("", .word), ("changes", .number), ("", .text)])
        for balance in books.balances {
            let parts = balance.parts.map { "\(Format.count($0.count)) \($0.name)" }.joined(separator: " + ")
            table.add([
                "\(balance.name)",
                balance.holds
                    ? HTMLPage.mark("adds up", .good)
                    : HTMLPage.mark("does not add up: the parts make \(Format.count(balance.sum))", .bad),
                "\(Format.count(balance.total))", "= \(parts)",
            ])
        }
        let also = [
            ("duplicated", books.duplicated), ("out of order", books.outOfOrder),
            ("by other writers", books.foreignChanges), ("reconnects", books.reconnects), ("errors", books.errors),
        ].map { "\(Format.count($0.1)) \($0.0)" }.joined(separator: ", ")
        let writers: HTML =
            result.foreignDevices.isEmpty
            ? "" : "<p>Other writers changed \(HTMLReport.names(result.foreignDevices)).</p>"
        return """
            \(table.html)
            <p>Also \(also). \(result.verification).</p>
            \(writers)
            """
    }
}
