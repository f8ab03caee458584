public import Foundation

/// A folder of a test's own that is gone with the last reference.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let url: URL

    /// Makes the folder.
    /// - Throws: when the system's temporary folder cannot be written.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("twinfleet-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a text file and returns its path.
    /// - Throws: when it cannot be written.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// The paths of all files below, relative to the folder, sorted.
    public var files: [String] {
        (FileManager.default.subpaths(atPath: url.path) ?? []).sorted()
    }
}
