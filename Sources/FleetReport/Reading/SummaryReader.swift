import FleetRunner
import IoTHub

/// Reads `summary.json`, whose members are told in README.md, back.
struct SummaryReader {
    private let root: Members
    private let file: String

    /// Opens a summary.
    /// - Throws: ``RunReadingError`` when it is no JSON, or of another schema.
    init(file: String, bytes: [UInt8]) throws(RunReadingError) {
        self.file = file
        let document: JSON
        do {
            document = try JSON(parsing: bytes)
        } catch {
            throw RunReadingError(file: file, line: error.line, found: error.message, expected: "JSON that is whole")
        }
        guard let object = document.objectValue else {
            throw RunReadingError(file: file, found: "a JSON \(document.kind)", expected: "an object")
        }
        root = Members(file: file, path: "", object: object)
        let schema = try root.integer("schema")
        guard schema == SummaryJSON.schema else {
            throw RunReadingError(
                file: file,
                found: "schema \(schema)",
                expected: "schema \(SummaryJSON.schema), which this version of twinfleet reads"
            )
        }
    }

    /// The run, without what stands in the other files.
    /// - Parameter buckets: those of the latencies.
    /// - Returns: the run.
    /// - Throws: ``RunReadingError`` with the path of the member that is wrong.
    func result(buckets: LatenciesReader) throws(RunReadingError) -> RunResult {
        let versions = try root.object("versions")
        var result = RunResult(
            fleetName: try root.text("fleet"),
            seed: try seed(),
            startedEpochMicroseconds: try root.time("started"),
            hubHostName: try root.text("hub"),
            versions: Versions(
                twinfleet: try versions.text("twinfleet"),
                machine: try versions.text("machine"),
                fleetFingerprint: try versions.text("fleet_fingerprint")
            )
        )
        result.driveStartedEpochMicroseconds = try root.time("drive_started")
        result.verdict = try root.choice("verdict")
        result.reasons = try root.texts("reasons")
        result.wasInterrupted = try root.flag("interrupted")
        result.phases = try phases()
        result.devices = try SummaryParts.devices(root.object("devices"))
        result.load = try SummaryParts.load(root.object("load"))
        result.backEnd = try SummaryParts.backEnd(root.object("back_end"))
        result.accounting = try SummaryParts.accounting(root.object("accounting"))
        result.latencies = try SummaryLatencies(buckets: buckets).tables(root.objects("latencies"))
        result.clocks = try SummaryParts.clocks(root.object("clocks"))
        result.thresholds = try thresholds()
        result.errors = try errors()
        result.verifiedDevices = try root.count("verified_devices")
        result.mismatches = try mismatches()
        result.queries = try queries()
        result.foreignDevices = try root.texts("foreign_devices")
        result.generator = try SummaryParts.generator(root.object("generator"))
        return result
    }

    /// What the local hub used; nil when there was none.
    func hubUsage() throws(RunReadingError) -> LocalHubUsage? {
        guard try !root.value("local_hub").isNull else { return nil }
        let usage = try root.object("local_hub")
        return LocalHubUsage(
            cpuSeconds: try usage.number("cpu_s"),
            peakResidentBytes: try usage.integer("peak_resident_bytes")
        )
    }

    /// How many rows a file must have; nil when the run was written before that was told.
    func rows(_ name: String) throws(RunReadingError) -> Int? {
        guard root.object["rows"] != nil else { return nil }
        return try root.object("rows").count(name)
    }

    private func seed() throws(RunReadingError) -> UInt64 {
        let value = try root.value("seed")
        guard
            let seed = value.integerValue.flatMap({ UInt64(exactly: $0) }) ?? value.stringValue.flatMap({ UInt64($0) })
        else { throw root.fault("seed", value, "a whole number from 0") }
        return seed
    }

    private func phases() throws(RunReadingError) -> [PhaseResult] {
        var phases: [PhaseResult] = []
        for phase in try root.objects("phases") {
            phases.append(
                PhaseResult(
                    phase: try phase.choice("phase"),
                    start: try phase.duration("start_s"),
                    duration: try phase.duration("duration_s"),
                    summary: try phase.text("summary")
                )
            )
        }
        return phases
    }

    private func thresholds() throws(RunReadingError) -> [ThresholdOutcome] {
        var outcomes: [ThresholdOutcome] = []
        for outcome in try root.objects("thresholds") {
            outcomes.append(
                ThresholdOutcome(
                    text: try outcome.text("text"),
                    isDefault: try outcome.flag("default"),
                    passed: try outcome.flag("passed"),
                    observed: try outcome.text("observed"),
                    observedValue: try outcome.optionalNumber("observed_value"),
                    sampleCount: try outcome.optionalInteger("samples").map { Int($0) },
                    detail: outcome.object["detail"] == nil ? "" : try outcome.text("detail")
                )
            )
        }
        return outcomes
    }

    private func errors() throws(RunReadingError) -> [ErrorGroup] {
        var groups: [ErrorGroup] = []
        for group in try root.objects("errors") {
            groups.append(
                ErrorGroup(
                    phase: try group.choice("phase"),
                    reason: try group.text("reason"),
                    count: try group.count("count"),
                    firstDevices: try group.texts("first_devices")
                )
            )
        }
        return groups
    }

    private func mismatches() throws(RunReadingError) -> [Mismatch] {
        var mismatches: [Mismatch] = []
        for mismatch in try root.objects("mismatches") {
            mismatches.append(
                Mismatch(
                    deviceID: try mismatch.text("device"),
                    path: try mismatch.text("path"),
                    desired: try mismatch.text("desired"),
                    reported: try mismatch.text("reported")
                )
            )
        }
        return mismatches
    }

    private func queries() throws(RunReadingError) -> [QueryOutcome] {
        var outcomes: [QueryOutcome] = []
        for query in try root.objects("queries") {
            var outcome = QueryOutcome(condition: try query.text("condition"))
            outcome.expected = try query.count("expected")
            outcome.returned = try query.count("returned")
            outcome.others = try query.count("other_devices")
            outcome.leftOut = try query.count("left_out")
            outcome.missing = try query.texts("missing")
            outcome.unexpected = try query.texts("unexpected")
            outcome.repeated = try query.texts("repeated")
            outcome.pages = try query.count("pages")
            outcome.rows = try query.count("rows")
            outcome.attempts = try query.count("attempts")
            outcome.duration = try query.duration("duration_s")
            outcome.failure = try query.value("failure").isNull ? nil : query.text("failure")
            outcomes.append(outcome)
        }
        return outcomes
    }
}
