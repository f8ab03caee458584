public import FleetRunner
import Foundation
import IoTHub

/// The summary of a run as a person reads it on a terminal, up to 100 columns wide and no wider than the terminal.
public struct SummaryText: Sendable {
    private let result: RunResult
    private let hubUsage: LocalHubUsage?
    private var page: Page

    /// Makes the summary's text.
    /// - Parameters:
    ///   - result: the run.
    ///   - hubUsage: what the local hub's process used; nil when there was none.
    ///   - style: whether to use colours.
    ///   - columns: the terminal's; nil where there is none.
    /// - Returns: lines that end in a line feed each.
    public static func render(
        _ result: RunResult,
        hubUsage: LocalHubUsage? = nil,
        style: Style,
        columns: Int? = nil
    ) -> String {
        var text = SummaryText(result: result, hubUsage: hubUsage, page: Page(style: style, columns: columns))
        text.addAll()
        return text.page.lines.joined(separator: "\n") + "\n"
    }

    private init(result: RunResult, hubUsage: LocalHubUsage?, page: Page) {
        self.result = result
        self.hubUsage = hubUsage
        self.page = page
    }

    private mutating func addAll() {
        addRun()
        addPhases()
        addLoad()
        addBooks()
        QueryPage(result: result).add(to: &page)
        LatencyPage(tables: result.latencies, width: page.width).add(to: &page)
        addClocks()
        TransportPage(tables: result.latencies).add(to: &page)
        addThresholds()
        addErrors()
        addUsage()
        addVerdict()
    }

    private mutating func addRun() {
        page.heading("run")
        page.row("fleet", "\(result.fleetName), seed \(result.seed), fingerprint \(result.versions.fleetFingerprint)")
        let (ticks, overflow) = result.startedEpochMicroseconds.multipliedReportingOverflow(by: 10)
        // Whole seconds: nobody reads the rest.
        let start = HubTimestamp(ticksSinceEpoch: overflow ? 0 : ticks).description.prefix(19) + "Z"
        page.row("hub", "\(result.hubHostName), started \(start)")
        page.row("program", "twinfleet \(result.versions.twinfleet) on \(result.versions.machine)")
    }

    private mutating func addPhases() {
        guard let last = result.phases.last else { return }
        page.heading("phases")
        for phase in result.phases { addPhase(phase.phase.rawValue, phase.duration, phase.summary) }
        addPhase("total", last.end, "")
    }

    private mutating func addPhase(_ name: String, _ duration: Duration, _ summary: String) {
        page.row(head: Format.left(name, 14) + Format.right(Format.duration(duration), 12) + "  ", summary)
    }

    private mutating func addLoad() {
        let load = result.load
        let devices = result.devices
        page.heading("load")
        page.row(
            "devices",
            "\(Format.count(devices.declared)) declared, \(Format.count(devices.connected)) connected, "
                + "\(Format.count(devices.ready)) ready"
        )
        for use in devices.transports where use.hasChoice && !use.routes.isEmpty {
            let routes = use.routes.map { "\(Format.count($0.devices)) over \($0.transport.rawValue)" }
            let fell = use.fallbacks > 0 ? ", where TCP did not get through" : ""
            page.row(
                use.declared.rawValue,
                "\(Format.count(use.devices, "device")): \(routes.joined(separator: ", "))\(fell)",
                tone: use.fallbacks > 0 ? .doubtful : nil
            )
        }
        for device in devices.notReady.prefix(5) {
            page.row("not ready", "\(device.deviceID): \(device.reason)", tone: .bad)
        }
        if devices.notReady.count > 5 {
            page.row("", "and \(Format.count(devices.notReady.count - 5)) more; summary.json names them all")
        }
        if let disconnection = result.disconnection { page.row("disconnected", disconnection, tone: .bad) }
        for device in devices.disconnected.prefix(5) { page.row("", "\(device.deviceID): \(device.reason)") }
        if devices.disconnected.count > 5 {
            page.row("", "and \(Format.count(devices.disconnected.count - 5)) more; summary.json names them all")
        }
        page.row(
            "changes",
            load.text
        )
        let backEnd = result.backEnd
        let batches =
            backEnd.usedBulkUpdates
            ? "bulk updates of \(String(format: "%.1f", backEnd.meanBatchSize)) changes on average, "
                + "\(Format.count(backEnd.maximumBatchSize)) at most" : "one PATCH per change"
        page.row(
            "back end",
            "\(Format.count(backEnd.requests, "request")), \(batches), "
                + "\(Format.count(backEnd.maximumInFlight)) in flight at most"
                + (backEnd.explanation.isEmpty ? "" : "; \(backEnd.explanation)")
        )
        if let lag = load.lagText { page.row("schedule lag", lag) }
    }

    private mutating func addBooks() {
        let books = result.accounting
        page.heading("accounting")
        for balance in books.balances {
            let parts = balance.parts.map { "\(Format.count($0.count)) \($0.name)" }.joined(separator: " + ")
            page.row(balance.name, "\(Format.count(balance.total)) = \(parts)")
        }
        page.row(
            "also",
            "\(Format.count(books.duplicated)) duplicated, \(Format.count(books.outOfOrder)) out of order, "
                + "\(Format.count(books.foreignChanges)) by other writers, \(Format.count(books.reconnects, "reconnect")), "
                + Format.count(books.errors, "error")
        )
        page.row("verified", result.verification)
        for mismatch in result.mismatches.prefix(5) {
            page.row(
                mismatch.isUnread ? "not read" : "different",
                mismatch.isUnread
                    ? "\(mismatch.deviceID): \(mismatch.reported)"
                    : "\(mismatch.deviceID) \(mismatch.path): desired \(mismatch.desired), reported \(mismatch.reported)",
                tone: .bad
            )
        }
        if result.mismatches.count > 5 {
            page.row("", "and \(Format.count(result.mismatches.count - 5)) more; summary.json has them all")
        }
        if !result.foreignDevices.isEmpty {
            page.row("other writers", "changed " + names(result.foreignDevices, of: result.foreignDevices.count))
        }
        for text in books.imbalances { page.row("UNBALANCED", text, tone: .bad) }
    }

    private mutating func addClocks() {
        if result.clocks.hubToDeviceSamples > 0 { page.row("clocks", result.clocks.explanation) }
        guard let histogram = result.overall(.hubToDevice), histogram.negativeCount > 0 else { return }
        page.row("", "\(Format.count(histogram.negativeCount)) below zero: the two clocks disagree")
    }

    private mutating func addThresholds() {
        guard !result.thresholds.isEmpty else { return }
        page.heading("thresholds")
        for outcome in result.thresholds {
            let mark = page.style.apply(outcome.passed ? .good : .bad, to: outcome.passed ? "ok  " : "FAIL")
            let text = Format.left(outcome.text + (outcome.isDefault ? " (always)" : ""), 40)
            page.line("  \(mark)  \(text)  \(outcome.observed)")
        }
    }

    private mutating func addErrors() {
        guard !result.errors.isEmpty else { return }
        page.heading("errors")
        for group in result.errors.prefix(10) {
            let devices = group.firstDevices.isEmpty ? "" : " (\(names(group.firstDevices, of: group.count)))"
            page.row(group.phase.rawValue, "\(Format.count(group.count)) × \(group.reason)\(devices)")
        }
        if result.errors.count > 10 {
            page.row("", "and \(Format.count(result.errors.count - 10, "other reason")); summary.json has them all")
        }
    }

    private func names(_ names: [String], of count: Int) -> String {
        names.prefix(5).joined(separator: ", ") + (count > min(names.count, 5) ? ", …" : "")
    }

    private mutating func addUsage() {
        let usage = result.generator
        page.heading("machine")
        page.row(
            "generator",
            "CPU \(Format.seconds(usage.cpuSeconds)), while driving \(Format.seconds(usage.driveCPUSeconds)) "
                + "(\(Format.percent(result.driveCPUShare)) of \(Format.count(usage.processors, "processor")))"
        )
        var memory = "memory \(Format.bytes(usage.peakResidentBytes)) at most"
        if let perDevice = usage.residentBytesPerDevice { memory += ", \(Format.bytes(perDevice)) per device" }
        page.row(
            "",
            ([memory] + [usage.handles].compactMap(\.self)).joined(separator: "; ")
        )
        if let hubUsage {
            page.row(
                "local hub",
                "CPU \(Format.seconds(hubUsage.cpuSeconds)), memory \(Format.bytes(hubUsage.peakResidentBytes)) at most"
            )
        }
    }

    private mutating func addVerdict() {
        page.line("")
        page.line(
            page.style.apply(result.tone, to: result.verdict.rawValue) + "  \(result.fleetName)"
                + (result.wasInterrupted ? " (interrupted)" : "")
        )
        for reason in result.story { page.row(head: "- ", reason) }
    }
}
