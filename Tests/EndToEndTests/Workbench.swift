import Foundation
import IoTHub
import TestKit
import Testing

/// A folder with a fleet file, in which `twinfleet` is run as a user runs it.
struct Workbench {
    let directory: TemporaryDirectory
    /// A folder for the temporary files of programs that are to leave none behind.
    let temporaryFolder: URL

    init() throws {
        directory = try TemporaryDirectory()
        temporaryFolder = directory.url.appendingPathComponent("temporary")
        try FileManager.default.createDirectory(at: temporaryFolder, withIntermediateDirectories: false)
    }

    /// A small fleet against a local hub that is done in a few seconds.
    static let smallFleet = """
        fleet: small
        hub: local
        seed: 7
        duration: 2s
        devices:
          - id: "press-{index:02}"
            count: 6
            transport: { Mqtt: 50%, Mqtt_Tcp_Only: 50% }
            connectivity: { wifi: 50%, cellular: 50% }
            tags: { location: { plant: "Munich{index%2}" } }
        workload:
          - desired: { speed: "{random:1..1000}" }
            rate: 20/s
        thresholds:
          delivery: [p99 < 60s]
          lost: [== 0]
        """

    /// What keeps a busy machine from making a run INVALID: how late and how fast is what benchmarks measure.
    static let patience = ["TWINFLEET_LAG_LIMIT_MS": "60000"]

    /// Starts `twinfleet` in the folder.
    func start(
        _ arguments: String...,
        environment: [String: String] = [:],
        openFileLimit: Int? = nil
    ) throws -> ChildProgram {
        try ChildProgram(
            ChildProgram.executable("twinfleet"),
            arguments,
            in: directory.url,
            environment: Self.patience.merging(environment) { $1 },
            openFileLimit: openFileLimit
        )
    }

    /// Starts a hub on free ports that stops with its standard input.
    /// - Returns: the program, and the line of JSON that it prints when it is ready.
    func startHub(_ options: String...) async throws -> (program: ChildProgram, ready: JSON) {
        let program = try ChildProgram(
            ChildProgram.executable("twinfleet"),
            ["hub", "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0", "--json", "--until-stdin-closes"]
                + options,
            in: directory.url
        )
        return (program, try JSON(parsing: await program.waitForOutput(containing: "\n")))
    }

    /// The fleet file's line for a hub that ``startHub(_:)`` started, whose connection string is in the variable HUB.
    static func hubLine(_ ready: JSON) throws -> String {
        let file = try #require(ready["ca"]?.stringValue)
        let port = try #require(ready["mqttPort"]?.integerValue)
        return "hub: { connection: ${HUB}, ca: \(file), ports: { mqtt: \(port) } }"
    }

    /// Runs a fleet file to its end, with ``patience`` unless the environment says something else.
    func run(
        fleet: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        openFileLimit: Int? = nil
    ) async throws -> ChildProgram.Outcome {
        try directory.write(fleet, to: "fleet.yaml")
        return try await ChildProgram(
            ChildProgram.executable("twinfleet"),
            ["run", "fleet.yaml"] + arguments,
            in: directory.url,
            environment: Self.patience.merging(environment) { $1 },
            openFileLimit: openFileLimit
        ).outcome()
    }

    /// The folder of the only run so far.
    func runFolder() throws -> URL {
        let runs = directory.url.appendingPathComponent("runs")
        let names = try FileManager.default.contentsOfDirectory(atPath: runs.path)
        #expect(names.count == 1)
        return runs.appendingPathComponent(try #require(names.first))
    }

    /// The run's `summary.json`.
    func summary() throws -> JSON {
        try JSON(parsing: String(contentsOf: runFolder().appendingPathComponent("summary.json"), encoding: .utf8))
    }

    /// Holds everything that the only run so far has told against its exit code.
    func expectOneStory(_ outcome: ChildProgram.Outcome, _ verdict: String, interrupted: Bool = false) throws {
        let summary = try summary()
        #expect(summary["verdict"] == .string(verdict) && summary["interrupted"] == .bool(interrupted))
        #expect(summary["exit_code"] == .integer(Int64(outcome.exitCode)))
        func text(_ name: String) throws -> String {
            try String(contentsOf: runFolder().appendingPathComponent(name), encoding: .utf8)
        }
        let page = try HTMLFile(text("report.html"))
        let mark = interrupted ? "\(verdict), interrupted" : verdict
        #expect(try text("report.html").contains("<span class=\"badge\">\(mark)</span>"))
        #expect(try text("junit.xml").contains("failures=\"0\" errors=\"0\"") == (outcome.exitCode == 0))
        #expect(try text("summary.md").contains(" \(verdict): small\(interrupted ? ", interrupted" : "")\n"))
        #expect(outcome.output.contains("\n\(verdict)  small\(interrupted ? " (interrupted)" : "")\n"))
        let failed = summary["thresholds"]?.arrayValue?.count { $0["passed"] == false }
        #expect(page.rows("Thresholds", first: "FAIL").count == failed)
        for reason in summary["reasons"]?.arrayValue ?? [] {
            #expect(page.text.contains(try #require(reason.stringValue)))
        }
    }

    /// A CSV file of the run: its rows by column name.
    func rows(of file: String) throws -> [[String: String]] {
        let text = try String(contentsOf: runFolder().appendingPathComponent(file), encoding: .utf8)
        var lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = try #require(lines.first)
        lines.removeFirst()
        return lines.map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }
}
