public import FleetRunner
import Foundation
import IoTHub

/// The folder of a finished run, with its files.
public struct RunFolder: Sendable {
    /// Where it is.
    public let path: String

    /// The file for people.
    public static let reportName = "report.html"

    /// The files that were written, in the order in which a reader wants them.
    public static let fileNames = [
        reportName, "summary.json", "summary.md", "junit.xml", "changes.csv", "timeline.csv", "latencies.csv",
    ]

    /// Writes a text into a file that appears whole or not at all, in place of one that is there; what is there and no plain
    /// file, such as `/dev/stdout` or a link, stays what it is and is written into.
    /// - Throws: the system's error, with the path, when it cannot be written.
    public static func write(_ text: String, to file: String) throws {
        let type = try? FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType
        // Foundation has only a number for it.
        if type == .typeDirectory { throw POSIXError(.EISDIR) }
        let isReplaced = type == nil || type == .typeRegular
        try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: isReplaced ? .atomic : [])
    }

    /// Writes the files of a run into a new folder `{parent}/{fleet}-{UTC time}`.
    ///
    /// A run that began in the same second gets a number behind its name. Files appear whole or not at all.
    /// - Parameters:
    ///   - result: the run.
    ///   - hubUsage: what the local hub's process used; nil when there was none.
    ///   - parent: the folder that holds all runs; it is made when it is missing.
    /// - Returns: the folder.
    /// - Throws: ``WritingError`` when a file cannot be written.
    public static func write(
        _ result: RunResult,
        hubUsage: LocalHubUsage? = nil,
        into parent: String
    ) throws(WritingError) -> RunFolder {
        do {
            return try writeFiles(of: result, hubUsage: hubUsage, into: parent)
        } catch {
            throw WritingError(path: parent, reason: reason(error))
        }
    }

    private static func writeFiles(
        of result: RunResult,
        hubUsage: LocalHubUsage?,
        into parent: String
    ) throws -> RunFolder {
        let folder = RunFolder(path: try make(named: name(of: result), in: parent))
        try folder.write("summary.json") { sink in
            let document = JSON.object(SummaryJSON.document(result, hubUsage: hubUsage))
            try sink(Array((document.readableText + "\n").utf8))
        }
        try folder.write("summary.md") { sink in try sink(Array(MarkdownSummary.text(result).utf8)) }
        try folder.write("junit.xml") { sink in try sink(Array(JUnitXML.text(result).utf8)) }
        // Making the records of a long run takes long, so they are gone through once.
        var devices = DeviceBooks()
        try folder.write("changes.csv") { sink in
            try ChangesCSV.write(result.changes, to: sink) { devices.add($0) }
        }
        try folder.write("timeline.csv") { sink in try sink(TimelineCSV.bytes(result.timeline)) }
        try folder.write("latencies.csv") { sink in try LatenciesCSV.write(result.latencies, to: sink) }
        try folder.write(reportName) { sink in
            try sink(Array(HTMLReport.text(result, hubUsage: hubUsage, devices: devices).utf8))
        }
        return folder
    }

    /// The folder's name: fleet and start, such as `redmond43-20240506T070809Z`.
    static func name(of result: RunResult) -> String {
        let (ticks, overflow) = result.startedEpochMicroseconds.multipliedReportingOverflow(by: 10)
        let time = (overflow ? HubTimestamp.never : HubTimestamp(ticksSinceEpoch: ticks)).description
        let compact = time.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
        // The fleet's name is free text; a folder's is not.
        let safe = result.fleetName.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
        return "\(String(safe))-\(compact)"
    }

    private static func make(named name: String, in parent: String) throws -> String {
        try makeFolders(parent)
        var number = 1
        var removals = 0
        while number <= 1000 {
            let path = "\(parent)/\(name)" + (number == 1 ? "" : "-\(number)")
            if mkdir(path, 0o777) == 0 { return path }
            switch errno {
            case EEXIST: number += 1
            // Another run's check of this folder may have taken it away again.
            case ENOENT where removals < 3:
                removals += 1
                try makeFolders(parent)
            default: throw systemError()
            }
        }
        throw POSIXError(.EEXIST)
    }

    private func write(_ name: String, _ body: (([UInt8]) throws -> Void) throws -> Void) throws {
        let partial = "\(path)/.\(name).partial"
        try Data().write(to: URL(fileURLWithPath: partial))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial))
        do {
            try body { bytes in try handle.write(contentsOf: Data(bytes)) }
            try handle.close()
        } catch {
            // The error that brought us here is the one to tell.
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
        try FileManager.default.moveItem(atPath: partial, toPath: "\(path)/\(name)")
    }
}
