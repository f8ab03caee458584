import FleetRunner
import Foundation
import IoTHub
import TestKit
import Testing

@testable import FleetReport

@Suite("Reading a finished run back")
struct ReadingTests {
    /// A run's folder that goes with it.
    private struct Written {
        let parent: TemporaryDirectory
        let path: String

        init(_ result: RunResult, _ usage: LocalHubUsage? = nil) throws {
            parent = try TemporaryDirectory()
            path = try RunFolder.write(result, hubUsage: usage, into: parent.url.path).path
        }
    }

    /// The files of two runs that a reader reads, made once: what is damaged is a copy.
    private static let passed = Result { try files(SampleResult.passed) }
    private static let failed = Result { try files(SampleResult.failed) }
    private static let names = ["summary.json", "changes.csv", "timeline.csv", "latencies.csv"]

    private static func files(_ result: RunResult) throws -> [String: [UInt8]] {
        let folder = try Written(result)
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))))
            }
        )
    }

    private static func lay(_ files: [String: [UInt8]], in folder: TemporaryDirectory) throws {
        for (name, bytes) in files { try Data(bytes).write(to: folder.url.appendingPathComponent(name)) }
    }

    private static let results: [(String, RunResult)] = {
        var odd = SampleResult.passed
        odd.seed = .max
        odd.latencies[3].groups[0].name = "a \"plant\",\nwith a line feed"
        odd.latencies[0].groups[0].histograms[.sync]?.record(microseconds: 9_000_000_000)
        odd.latencies[0].groups[0].histograms[.sync]?.record(microseconds: 3_600_000_000)
        odd.latencies[0].groups[0].histograms[.delivery]?.record(microseconds: 0)
        odd.latencies[1].groups[0].histograms[.echo] = LatencyHistogram()
        odd.latencies[2].groups[0].histograms[.echo] = nil
        odd.thresholds[0].detail = "missing a, b"
        odd.phases[4].duration = .nanoseconds(20_026_123_456_789)
        return [
            ("passed", SampleResult.passed), ("failed", SampleResult.failed), ("odd", odd),
            ("empty", SampleResult.empty),
        ]
    }()

    @Test("what was read tells all that was written, to the byte", arguments: [0, 1, 2, 3], [false, true])
    func same(_ index: Int, hasHub: Bool) throws {
        let result = Self.results[index].1
        let usage = hasHub ? LocalHubUsage(cpuSeconds: 4.2, peakResidentBytes: 61_000_000) : nil
        let folder = try Written(result, usage)
        let run = try StoredRun.read(folder.path, keepsChanges: true)
        let again = try RunFolder.write(run.result, hubUsage: run.hubUsage, into: folder.parent.url.path + "/again")
        for name in RunFolder.fileNames {
            let before = try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
            let after = try String(contentsOfFile: "\(again.path)/\(name)", encoding: .utf8)
            expectSame(before, after, name)
        }
        let style = Style(isColored: true)
        expectSame(
            SummaryText.render(result, hubUsage: usage, style: style),
            SummaryText.render(run.result, hubUsage: run.hubUsage, style: style),
            "summary"
        )
        #expect(Array(run.result.changes) == Array(result.changes))
        #expect(run.result.exitCode == result.exitCode)
    }

    @Test("a summary.json, a path with a slash, and changes that are not kept")
    func paths() throws {
        let folder = try Written(SampleResult.passed)
        var seen: [String] = []
        let run = try StoredRun.read(folder.path + "/summary.json") { result in
            #expect(result.fleetName == "redmond43" && result.timeline.count == 2)
            return { seen.append($0.deviceID) }
        }
        #expect(seen == ["press,\"1\"", "myDeviceId"])
        #expect(run.path == folder.path && run.changeCount == 2 && run.result.changes.count == 0)
        #expect(try StoredRun.read(folder.path + "//").path == folder.path)
    }

    @Test("a run that was written before the reader's figures existed can be read")
    func older() throws {
        let folder = try Written(SampleResult.passed)
        let file = folder.path + "/summary.json"
        var text = try String(contentsOfFile: file, encoding: .utf8)
        text = text.replacing(/\n *"sum_us": [0-9.]+,/, with: "").replacing(/,\n *"detail": ""/, with: "")
            .replacing(/\n *"rows": \{[^}]*\},/, with: "")
        #expect(!text.contains("sum_us") && !text.contains("detail") && !text.contains("rows\": {"))
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let run = try StoredRun.read(folder.path)
        #expect(run.result.overall(.sync)?.meanMicroseconds == SampleResult.passed.overall(.sync)?.meanMicroseconds)
    }

    @Test("what is no run is told with its path, what was found and what was expected")
    func noRun() throws {
        let parent = try TemporaryDirectory()
        let file = try parent.write("x", to: "notes.txt")
        for (path, words) in [
            (parent.url.path + "/nowhere", "found nothing; expected the folder of a run"),
            (parent.url.path, "found a folder without summary.json; expected the folder of a run"),
            (file, "found another file; expected the folder of a run, or its summary.json"),
        ] {
            let error = try #require(throws: RunReadingError.self) { try StoredRun.read(path) }
            #expect("\(error)".hasPrefix(path) && "\(error)".contains(words), "\(error)")
        }
    }

    /// A damage, and what must be said of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        var file: String
        var change: @Sendable (String) -> String?
        var words: [String]
        var testDescription: String { "\(file): \(words)" }

        init(_ file: String, _ words: String..., change: @escaping @Sendable (String) -> String?) {
            self.file = file
            self.words = words
            self.change = change
        }
    }

    static let damages: [Damage] = [
        Damage("summary.json", "summary.json:", "expected JSON that is whole") { String($0.dropLast(10)) },
        Damage("summary.json", "summary.json:1:", "expected JSON that is whole") { _ in "" },
        Damage("summary.json", "found a JSON array; expected an object") { _ in "[]" },
        Damage("summary.json", "found schema 1; expected schema 2") {
            $0.replacing("\"schema\": 2", with: "\"schema\": 1")
        },
        Damage("summary.json", "found no schema; expected one") { $0.replacing("\"schema\": 2,", with: "") },
        Damage("summary.json", "found no accounting.lost; expected one") { $0.replacing("\"lost\": 0,", with: "") },
        Damage("summary.json", "found accounting.lost '-1'; expected a number from 0") {
            $0.replacing("\"lost\": 0,", with: "\"lost\": -1,")
        },
        Damage("summary.json", "found accounting.sent '9223372036854775807'; expected a whole number") {
            $0.replacing("\"sent\": 200,", with: "\"sent\": 9223372036854775807,")
        },
        Damage("summary.json", "found verdict '\"MAYBE\"'; expected one of PASS, FAIL, INVALID") {
            $0.replacing("\"PASS\"", with: "\"MAYBE\"")
        },
        Damage("summary.json", "found phases[0].phase '\"lode\"'; expected one of load,") {
            $0.replacing("\"phase\": \"load\"", with: "\"phase\": \"lode\"")
        },
        Damage("summary.json", "found started '\"yesterday\"'; expected a time like") {
            $0.replacing(/"started": "[^"]*"/, with: "\"started\": \"yesterday\"")
        },
        Damage("summary.json", "found load.planned_s '-1.0'; expected seconds from 0") {
            $0.replacing("\"planned_s\": 20.0", with: "\"planned_s\": -1")
        },
        Damage("summary.json", "found devices.transports[0].over.Pigeon", "expected the name of a transport") {
            $0.replacing("\"Mqtt_Tcp_Only\": 15", with: "\"Pigeon\": 15")
        },
        Damage("changes.csv", "changes.csv: found no such file") { _ in nil },
        Damage("timeline.csv", "timeline.csv: found no such file") { _ in nil },
        Damage("latencies.csv", "latencies.csv: found no such file; expected the file that 'twinfleet run' writes") {
            _ in nil
        },
        Damage("changes.csv", "changes.csv:1: found an empty file; expected the line device,") { _ in "" },
        Damage("changes.csv", "changes.csv:1: found 'machine,", "expected device,$version") {
            $0.replacing("device,", with: "machine,")
        },
        Damage("changes.csv", "changes.csv:3: found a line that is cut off") { String($0.dropLast(3)) },
        Damage("changes.csv", "changes.csv:2: found 1 row to the end; expected 2, as summary.json says") {
            $0.split(separator: "\n").prefix(2).joined(separator: "\n") + "\n"
        },
        Damage("changes.csv", "changes.csv:3: found 15 fields; expected 14") {
            $0.replacing("rejected,1", with: "rejected,1,1")
        },
        Damage("changes.csv", "changes.csv:3: found state 'vanished'; expected one of delivered,") {
            $0.replacing("rejected,1", with: "vanished,1")
        },
        Damage("changes.csv", "changes.csv:3: found intended_us nothing; expected a whole number") {
            $0.replacing("myDeviceId,,100000,", with: "myDeviceId,,,")
        },
        Damage("changes.csv", "changes.csv:3: found sent_us '1e9'; expected a whole number") {
            $0.replacing(",100090,", with: ",1e9,")
        },
        Damage("changes.csv", "changes.csv:3: found intended_us '9223372036854775807'") {
            $0.replacing(",100000,", with: ",9223372036854775807,")
        },
        Damage("changes.csv", "changes.csv:2: found text behind a closing quote") {
            $0.replacing("\"press,\"\"1\"\"\"", with: "\"press\"x")
        },
        Damage("timeline.csv", "timeline.csv:3: found second 7; expected 1: a row for each second") {
            $0.replacing("\n1,", with: "\n7,")
        },
        Damage("timeline.csv", "timeline.csv:2: found cpu_s 'nan'; expected a number") {
            $0.replacing(",0.123,", with: ",nan,")
        },
        Damage("latencies.csv", "latencies.csv:2: found latency 'lag'; expected one of delivery,") {
            $0.replacing("overall,all,delivery,", with: "overall,all,lag,")
        },
        Damage("latencies.csv", "latencies.csv:2: found value_us -10; expected a number from 0") {
            $0.replacing("overall,all,delivery,10,", with: "overall,all,delivery,-10,")
        },
        Damage("latencies.csv", "latencies.csv:2: found value_us 9000000000; expected at most an hour") {
            $0.replacing("overall,all,delivery,10,", with: "overall,all,delivery,9000000000,")
        },
        Damage("latencies.csv", "found 201 samples of delivery of overall 'all'; expected 200, as summary.json says") {
            $0.replacing("overall,all,delivery,10,1\n", with: "overall,all,delivery,10,2\n")
        },
    ]

    @Test("damage is told with file, line, what was found and what was expected", arguments: damages)
    func damaged(_ damage: Damage) throws {
        let folder = try TemporaryDirectory()
        var files = try Self.passed.get()
        let text = String(decoding: try #require(files[damage.file]), as: UTF8.self)
        let changed = damage.change(text)
        #expect(changed != text)
        files[damage.file] = changed.map { Array($0.utf8) }
        try Self.lay(files, in: folder)
        let error = try #require(throws: RunReadingError.self) { try StoredRun.read(folder.url.path) }
        #expect(error.file.hasSuffix(damage.file))
        for words in damage.words { #expect("\(error)".contains(words), "\(error)") }
    }

    @Test("no damage whatever crashes: what can be read can be shown", arguments: 0..<4)
    func seededDamage(_ part: Int) throws {
        let folder = try TemporaryDirectory()
        let files = try Self.failed.get()
        try Self.lay(files, in: folder)
        var random = SeededGenerator(seed: UInt64(part) + 1)
        let name = Self.names[part]
        let sound = try #require(files[name])
        var readable = 0
        for _ in 0..<12 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...2, using: &random) { Self.damage(&bytes, using: &random) }
            try Self.lay([name: bytes], in: folder)
            do {
                let run = try StoredRun.read(folder.url.path, keepsChanges: true)
                readable += 1
                _ = SummaryText.render(run.result, hubUsage: run.hubUsage, style: Style(isColored: false))
                _ = HTMLReport.text(run.result, hubUsage: run.hubUsage, devices: DeviceBooks(run.result.changes))
            } catch let error as RunReadingError {
                #expect("\(error)".contains("found ") && "\(error)".contains("; expected "), "\(error)")
                #expect(error.file.hasPrefix(folder.url.path))
            }
        }
        // A digit for a digit is often a sound run.
        #expect(readable < 12)
    }

    private static func damage(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...200, using: &random)))
        case 2: bytes.removeLast(bytes.count - place)
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 50)], at: place)
        default:
            // Digits, for figures that are sound and absurd.
            let digits = bytes.indices.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
            guard let digit = digits.randomElement(using: &random) else { return }
            bytes.replaceSubrange(
                digit...digit,
                with: ["9", "-", "99999999999", "9007199254740992", "0.5", "1e308"].randomElement(using: &random)?.utf8
                    ?? "".utf8
            )
        }
    }
}
