import Foundation

/// What all readers of a run's files share.
enum RunFiles {
    /// The greatest figure that is believed: sums of a few of them still fit 64 bits.
    static let greatest = 9_007_199_254_740_992.0

    /// Whether a whole number is small enough to be reckoned with.
    static func isSound(_ number: Int64) -> Bool { number.magnitude <= UInt64(1) << 53 }

    /// Opens a file for reading.
    /// - Throws: ``RunReadingError`` that says whether it is missing or cannot be read.
    static func open(_ path: String) throws(RunReadingError) -> FileHandle {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw RunReadingError(
                file: path,
                found: "no such file",
                expected: "the file that 'twinfleet run' writes; the first versions wrote no latencies.csv"
            )
        }
        guard !isFolder.boolValue else {
            throw RunReadingError(file: path, found: "a folder", expected: "the file that 'twinfleet run' writes")
        }
        do {
            return try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw RunReadingError(
                file: path,
                found: "a file that cannot be read (\(error.localizedDescription))",
                expected: "one that may be read"
            )
        }
    }
}
