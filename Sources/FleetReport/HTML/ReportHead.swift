import FleetRunner
import IoTHub

/// The top of the report: verdict and why, the figures that are asked for first, which run it was, its phases.
enum ReportHead {
    static func html(_ result: RunResult) -> HTML {
        let reasons = result.story.map { "<li>\($0)</li>" as HTML }
        let held = result.reasons.isEmpty ? "<li>What was measured until then held.</li>" as HTML : ""
        let why: HTML = reasons.isEmpty ? "<p>\(passed)</p>" : "<ul class=\"why\">\(reasons)\(held)</ul>"
        return """
            <header class="head tone-\(tone(result).rawValue)">
            <h1><span class="badge">\(result.verdict.rawValue)\(result.wasInterrupted ? ", interrupted" : "")</span>\
            \(result.fleetName)</h1>
            \(why)
            \(figures(result))
            </header>
            \(HTMLPage.section("Run", facts(result)))
            """
    }

    private static let passed = "The hub took the asked load and every threshold held."

    /// What the verdict's colour means.
    static func tone(_ result: RunResult) -> HTMLPage.Tone {
        switch result.verdict {
        case .pass: result.wasInterrupted ? .doubtful : .good
        case .fail: .bad
        case .invalid: .doubtful
        }
    }

    private static func figures(_ result: RunResult) -> HTML {
        let books = result.accounting
        let delivered = books.delivered + books.caughtUp
        func latency(_ metric: LatencyMetric, _ percentile: Double) -> String {
            Format.time(microseconds: result.overall(metric)?.percentile(percentile))
        }
        let figures = [
            ("\(Format.count(result.devices.ready)) of \(Format.count(result.devices.declared))", "devices ready"),
            (
                Format.rate(result.load.acceptedPerSecond),
                "accepted, of \(Format.rate(result.load.askedPerSecond)) asked"
            ),
            ("\(Format.count(delivered)) of \(Format.count(books.intended))", "changes delivered"),
            (Format.count(books.lost), "lost"),
            (latency(.delivery, 50), "delivery p50"), (latency(.delivery, 99), "delivery p99"),
            (latency(.sync, 50), "sync p50"), (latency(.sync, 99), "sync p99"),
        ]
        return "<div class=\"figures\">\(figures.map { "<div><b>\($0.0)</b><span>\($0.1)</span></div>" as HTML })</div>"
    }

    private static func facts(_ result: RunResult) -> HTML {
        let load = result.load
        let backEnd = result.backEnd
        let batches =
            backEnd.usedBulkUpdates
            ? "bulk updates, at most \(Format.count(backEnd.maximumBatchSize)) changes each" : "one PATCH per change"
        var pairs: [(String, HTML)] = [
            ("fleet", "\(result.fleetName), seed \(String(result.seed))"),
            ("fingerprint", "<code>\(result.versions.fleetFingerprint)</code>"),
            ("hub", "\(result.hubHostName)"),
            ("started", "\(started(result))"),
            ("program", "twinfleet \(result.versions.twinfleet)"),
            ("machine", "\(result.versions.machine)"),
            (
                "devices",
                "\(Format.count(result.devices.declared)) declared, \(Format.count(result.devices.connected)) connected, "
                    + "\(Format.count(result.devices.ready)) ready"
            ),
            (
                "changes",
                "\(load.text)"
            ),
            (
                "back end",
                "\(Format.count(backEnd.requests, "request")), \(batches), \(Format.count(backEnd.maximumInFlight)) in "
                    + "flight at most"
            ),
        ]
        if let lag = load.lagText { pairs.append(("schedule lag", "\(lag)")) }
        for use in result.devices.transports where use.fallbacks > 0 {
            let text =
                "\(Format.count(use.fallbacks)) of \(Format.count(use.devices, "device")) fell back to a WebSocket"
            pairs.append((use.declared.rawValue, HTMLPage.mark(text, .doubtful)))
        }
        return HTMLPage.facts(pairs)
    }

    /// When the run began, in whole seconds.
    static func started(_ result: RunResult) -> String {
        let (ticks, overflow) = result.startedEpochMicroseconds.multipliedReportingOverflow(by: 10)
        let text = HubTimestamp(ticksSinceEpoch: overflow ? 0 : ticks).description.prefix(19)
        return text.replacing("T", with: " ") + " UTC"
    }

    static func phases(_ result: RunResult) -> HTML {
        guard let last = result.phases.last else { return "" }
        let total = max(last.end.roundedSeconds, 1e-6)
        var table = HTMLTable([("phase", .word), ("", .word), ("took", .number), ("what was done", .text)])
        for phase in result.phases {
            let left = min(100, phase.start.roundedSeconds / total * 100)
            let width = max(0, min(100 - left, phase.duration.roundedSeconds / total * 100))
            table.add([
                "\(phase.phase.rawValue)",
                "<div class=\"lane\"><i style=\"left:\(percent(left))%;width:\(percent(width))%\"></i></div>",
                "\(Format.duration(phase.duration))", "\(phase.summary)",
            ])
        }
        table.add(["total", "", "\(Format.duration(last.end))", ""])
        return table.html
    }

    private static func percent(_ value: Double) -> String {
        guard value.isFinite, let tenths = Int(exactly: (value * 10).rounded()) else { return "0" }
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
