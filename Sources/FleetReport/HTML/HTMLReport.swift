import FleetRunner
import IoTHub

/// `report.html`: a run for people who were not there.
public enum HTMLReport {
    /// Devices, reasons and groups that are named of each kind; the files name them all.
    static let maximumRows = 20

    /// The page of a finished run.
    /// - Parameter path: the run's folder, or its `summary.json`.
    /// - Returns: the page, the same as the run's `report.html`.
    /// - Throws: ``RunReadingError`` with file, line, what was found and what was expected, or the system's error.
    public static func text(reading path: String) throws -> (run: StoredRun, text: String) {
        var devices = DeviceBooks()
        let run = try StoredRun.read(path) { _ in { devices.add($0) } }
        return (run, text(run.result, hubUsage: run.hubUsage, devices: devices))
    }

    /// The page.
    /// - Parameters:
    ///   - result: the run; its changes are not looked at.
    ///   - hubUsage: what the local hub's process used; nil when there was none.
    ///   - devices: what became of each device's changes.
    /// - Returns: the page's text.
    static func text(_ result: RunResult, hubUsage: LocalHubUsage?, devices: DeviceBooks) -> String {
        let body = HTML(
            [
                ReportHead.html(result),
                HTMLPage.section("Thresholds", ReportBooks.thresholds(result)),
                HTMLPage.section("Where every change ended", ReportBooks.accounting(result)),
                HTMLPage.section("Phases", ReportHead.phases(result)),
                HTMLPage.section("Latency over time", TimelineCharts.latency(result.timeline)),
                HTMLPage.section("Latency distribution", DistributionCharts.html(result.latencies)),
                HTMLPage.section("Latencies", ReportLatencies.html(result)),
                HTMLPage.section("Load over time", TimelineCharts.load(result.timeline)),
                HTMLPage.section("Slowest devices", ReportDevices.slowest(devices)),
                HTMLPage.section("Changes that did not come back", ReportDevices.unanswered(devices)),
                HTMLPage.section("Devices that never got ready", ReportDevices.notReady(result)),
                HTMLPage.section("Devices not connected at the end", ReportDevices.disconnected(result)),
                HTMLPage.section("Errors by reason", ReportDevices.errors(result)),
                HTMLPage.section("Queries", ReportDevices.queries(result)),
                HTMLPage.section("Twins that differ or could not be read", ReportDevices.mismatches(result)),
                HTMLPage.section("Machine", ReportMachine.html(result, hubUsage: hubUsage)),
                "<footer>Every change is in changes.csv, every second in timeline.csv, every figure in summary.json, beside "
                    + "this file. Written by twinfleet \(result.versions.twinfleet).</footer>",
            ].filter { !$0.isEmpty }
        )
        let interrupted = result.wasInterrupted ? ", interrupted" : ""
        return HTMLPage(title: "\(result.verdict.rawValue)\(interrupted): \(result.fleetName)", body: body).text
    }

    /// What is said where not all are named; nothing when all are.
    static func more(_ count: Int, _ file: String = "summary.json") -> HTML {
        let more = count - maximumRows
        return more > 0 ? "<p class=\"note\">and \(Format.count(more)) more; \(file) names them all</p>" : ""
    }

    /// The first devices of a list, and how many more there are.
    static func names(_ names: [String], of total: Int? = nil, shown: Int = 5) -> HTML {
        let more = (total ?? names.count) - min(names.count, shown)
        return "\(names.prefix(shown).joined(separator: ", "))\(more > 0 ? " and \(Format.count(more)) more" : "")"
    }
}
