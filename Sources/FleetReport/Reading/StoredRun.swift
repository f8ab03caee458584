public import FleetRunner
import Foundation

/// A finished run, read back from its folder.
public struct StoredRun: Sendable {
    /// The folder.
    public let path: String
    /// The run, whose changes are there only when they were asked for.
    public let result: RunResult
    /// What the local hub's process used; nil when there was none.
    public let hubUsage: LocalHubUsage?
    /// How many changes `changes.csv` has.
    public let changeCount: Int

    /// Reads a run.
    /// - Parameters:
    ///   - path: the run's folder, or its `summary.json`.
    ///   - keepsChanges: whether `result.changes` is filled; of a long run they take much memory.
    ///   - gather: is handed the run, without changes, before the first change; what it returns is handed every change.
    /// - Returns: the run.
    /// - Throws: ``RunReadingError`` with file, line, what was found and what was expected, or the system's error.
    public static func read(
        _ path: String,
        keepsChanges: Bool = false,
        gather: (RunResult) -> (ChangeRecord) -> Void = { _ in { _ in } }
    ) throws -> StoredRun {
        let folder = try folder(of: path)
        let summary = try summary(in: folder)
        var result = try summary.result(buckets: LatenciesReader(file: "\(folder)/latencies.csv"))
        result.timeline = try TimelineReader.read(file: "\(folder)/timeline.csv")
        try check(result.timeline.count, "\(folder)/timeline.csv", summary.rows("timeline"))
        let body = gather(result)
        var changes: [ChangeRecord] = []
        let count = try ChangesReader.read(file: "\(folder)/changes.csv") { change in
            body(change)
            if keepsChanges { changes.append(change) }
        }
        try check(count, "\(folder)/changes.csv", summary.rows("changes"))
        result.changes = ChangeLog(changes)
        return StoredRun(path: folder, result: result, hubUsage: try summary.hubUsage(), changeCount: count)
    }

    private static func folder(of path: String) throws(RunReadingError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw RunReadingError(file: path, found: "nothing", expected: "the folder of a run, or its summary.json")
        }
        var folder = path
        if !isFolder.boolValue {
            guard path.split(separator: "/").last == "summary.json" else {
                throw RunReadingError(
                    file: path,
                    found: "another file",
                    expected: "the folder of a run, or its summary.json"
                )
            }
            folder = path.contains("/") ? String(path.dropLast("/summary.json".count)) : "."
        }
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        guard FileManager.default.fileExists(atPath: "\(folder)/summary.json") else {
            throw RunReadingError(
                file: folder,
                found: "a folder without summary.json",
                expected: "the folder of a run, such as runs/demo-20261125T184809Z"
            )
        }
        return folder.isEmpty ? "/" : folder
    }

    private static func summary(in folder: String) throws -> SummaryReader {
        let file = "\(folder)/summary.json"
        let handle = try RunFiles.open(file)
        defer { try? handle.close() }
        return try SummaryReader(file: file, bytes: Array(try handle.readToEnd() ?? Data()))
    }

    private static func check(_ count: Int, _ file: String, _ expected: Int?) throws(RunReadingError) {
        guard let expected, expected != count else { return }
        throw RunReadingError(
            file: file,
            line: count + 1,
            found: "\(Format.count(count, "row")) to the end",
            expected: "\(Format.count(expected)), as summary.json says; the file is not whole, or of another run"
        )
    }
}
