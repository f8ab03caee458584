public import FleetRunner
import Foundation

/// The summary of a run as a person reads it on a terminal, up to 100 columns wide.
public struct SummaryText: Sendable {
    private let result: RunResult
    private let hubUsage: LocalHubUsage?
    private let style: Style
    private var lines: [String] = []

    /// Makes the summary's text.
    /// - Parameters:
    ///   - result: the run.
    ///   - hubUsage: what the local hub's process used; nil when there was none.
    ///   - style: whether to use colours.
    /// - Returns: lines that end in a line feed each.
    public static func render(_ result: RunResult, hubUsage: LocalHubUsage? = nil, style: Style) -> String {
        var text = SummaryText(result: result, hubUsage: hubUsage, style: style)
        text.addAll()
        return text.lines.joined(separator: "\n") + "\n"
    }

    private init(result: RunResult, hubUsage: LocalHubUsage?, style: Style) {
        self.result = result
        self.hubUsage = hubUsage
        self.style = style
    }

    private mutating func addAll() {
        addPhases()
        addLoad()
        addBooks()
        addLatencies()
        addThresholds()
        addErrors()
        addUsage()
        addVerdict()
    }

    private mutating func heading(_ text: String) {
        if !lines.isEmpty { lines.append("") }
        lines.append(style.apply(.heading, to: text))
    }

    /// A line with a label; the text is broken at spaces and goes on under itself.
    private mutating func line(_ label: String, _ text: String) {
        var label = label
        var rest = text[...]
        while true {
            var piece = rest
            if rest.count > 82, let space = rest.prefix(82).lastIndex(of: " ") {
                piece = rest[..<space]
                rest = rest[rest.index(after: space)...]
            } else {
                rest = ""
            }
            lines.append("  \(Format.left(label, 14))  \(piece)")
            if rest.isEmpty { return }
            label = ""
        }
    }

    private mutating func addPhases() {
        heading("phases")
        for phase in result.phases {
            lines.append(
                "  \(Format.left(phase.phase.rawValue, 10))\(Format.right(Format.duration(phase.duration), 14))  "
                    + phase.summary
            )
        }
    }

    private mutating func addLoad() {
        let load = result.load
        let devices = result.devices
        heading("load")
        line(
            "devices",
            "\(Format.count(devices.declared)) declared, \(Format.count(devices.connected)) connected, "
                + "\(Format.count(devices.ready)) ready"
        )
        for device in devices.notReady.prefix(5) { line("not ready", "\(device.deviceID): \(device.reason)") }
        if devices.notReady.count > 5 {
            line("", "and \(Format.count(devices.notReady.count - 5)) more; summary.json names them all")
        }
        line(
            "changes",
            "asked \(Format.rate(load.askedPerSecond)), delivered \(Format.rate(load.deliveredPerSecond)) "
                + "(\(Format.percent(load.deliveredShare))) over \(Format.duration(load.actualDuration))"
        )
        let backEnd = result.backEnd
        let batches =
            backEnd.usedBulkUpdates
            ? "bulk updates of \(String(format: "%.1f", backEnd.meanBatchSize)) changes on average, "
                + "\(backEnd.maximumBatchSize) at most" : "one PATCH per change"
        line(
            "back end",
            "\(Format.count(backEnd.requests, "request")), \(batches)"
                + (backEnd.explanation.isEmpty ? "" : "; \(backEnd.explanation)")
        )
        line(
            "schedule lag",
            "p99 \(Format.time(microseconds: load.scheduleLagP99Microseconds)), "
                + "max \(Format.time(microseconds: load.scheduleLagMaximumMicroseconds))"
        )
    }

    private mutating func addBooks() {
        let books = result.accounting
        func number(_ value: Int) -> String { Format.count(value) }
        heading("accounting")
        line("intended", "\(number(books.intended)) = \(number(books.sent)) sent + \(number(books.unsent)) unsent")
        line(
            "sent",
            "\(number(books.sent)) = \(number(books.delivered)) delivered + \(number(books.caughtUp)) caught up + "
                + "\(number(books.superseded)) superseded + \(number(books.rejected)) rejected + "
                + "\(number(books.lost)) lost"
        )
        line(
            "echoed",
            "\(number(books.delivered + books.caughtUp)) = \(number(books.acknowledged)) acknowledged + "
                + "\(number(books.unacknowledged)) unacknowledged"
        )
        line(
            "also",
            "\(number(books.duplicated)) duplicated, \(number(books.outOfOrder)) out of order, "
                + "\(number(books.foreignChanges)) by other writers, \(Format.count(books.reconnects, "reconnect"))"
        )
        line(
            "verified",
            "\(Format.count(result.verifiedDevices, "twin")) compared, \(number(result.mismatches.count)) different"
        )
        for mismatch in result.mismatches.prefix(5) {
            line(
                "different",
                "\(mismatch.deviceID) \(mismatch.path): desired \(mismatch.desired), reported \(mismatch.reported)"
            )
        }
        for text in books.imbalances { line(style.apply(.bad, to: "UNBALANCED"), text) }
    }

    private mutating func addLatencies() {
        let columns = ["p50", "p90", "p99", "p99.9", "max"]
        heading(
            Format.left("latency", 40) + Format.right("count", 9)
                + columns.map { Format.right($0, 10) }.joined()
        )
        for metric in LatencyMetric.allCases {
            for table in result.latencies {
                // A dimension with one value says nothing that the overall row does not say.
                guard table.dimension == "overall" || table.groups.count > 1 else { continue }
                for group in table.groups {
                    guard let histogram = group.histograms[metric], histogram.count > 0 else { continue }
                    let isOverall = table.dimension == "overall"
                    let name = isOverall ? metric.rawValue : "  \(table.dimension) \(group.name)"
                    let figures = [50, 90, 99, 99.9].map { histogram.percentile($0) } + [histogram.maximumMicroseconds]
                    lines.append(
                        "  " + Format.left(name, 38) + Format.right(Format.count(histogram.count), 9)
                            + figures.map { Format.right(Format.time(microseconds: $0), 10) }.joined()
                    )
                }
            }
        }
        if result.clocks.hubToDeviceSamples > 0 { line("hub_to_device", result.clocks.explanation) }
    }

    private mutating func addThresholds() {
        guard !result.thresholds.isEmpty else { return }
        heading("thresholds")
        for outcome in result.thresholds {
            let mark = outcome.passed ? style.apply(.good, to: "ok  ") : style.apply(.bad, to: "FAIL")
            lines.append("  \(mark)  \(Format.left(outcome.text, 40))  \(outcome.observed)")
        }
    }

    private mutating func addErrors() {
        guard !result.errors.isEmpty else { return }
        heading("errors")
        for group in result.errors.prefix(10) {
            let names = group.firstDevices.isEmpty ? "" : " (\(group.firstDevices.joined(separator: ", ")))"
            line("\(Format.count(group.count)) in \(group.phase.rawValue)", group.reason + names)
        }
        if result.errors.count > 10 { line("", "and \(Format.count(result.errors.count - 10, "other reason"))") }
    }

    private mutating func addUsage() {
        let usage = result.generator
        heading("machine")
        let drive = Double(result.load.actualDuration.components.seconds)
        let share = drive > 0 ? usage.driveCPUSeconds / drive / Double(max(usage.processors, 1)) : 0
        var text =
            "CPU \(String(format: "%.2f", usage.cpuSeconds)) s, while driving "
            + "\(String(format: "%.2f", usage.driveCPUSeconds)) s (\(Format.percent(share)) of "
            + "\(Format.count(usage.processors, "processor"))), memory \(Format.bytes(usage.peakResidentBytes)) at most"
        if let perDevice = usage.residentBytesPerDevice { text += ", \(Format.bytes(perDevice)) per device" }
        line("generator", text + ", \(usage.threads) threads, \(Format.count(usage.openFiles)) open files")
        if let hubUsage {
            line(
                "local hub",
                "CPU \(String(format: "%.2f", hubUsage.cpuSeconds)) s, "
                    + "memory \(Format.bytes(hubUsage.peakResidentBytes)) at most"
            )
        }
    }

    private mutating func addVerdict() {
        lines.append("")
        let tone: Style.Tone =
            switch result.verdict {
            case .pass: .good
            case .fail: .bad
            case .invalid: .doubtful
            }
        let interrupted = result.wasInterrupted ? " (interrupted)" : ""
        lines.append(style.apply(tone, to: result.verdict.rawValue) + "  \(result.fleetName)\(interrupted)")
        for reason in result.reasons { line("", reason) }
    }
}
