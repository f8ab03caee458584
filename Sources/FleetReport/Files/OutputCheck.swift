import Foundation

extension RunFolder {
    /// Why the files of a run cannot be written; its text says where, why, and what to do.
    public struct WritingError: Error, CustomStringConvertible {
        /// The folder that holds all runs, or the one of a run.
        public var path: String
        /// The system's reason.
        public var reason: String

        /// The whole story in one line.
        public var description: String {
            "the run's files cannot be written to \(path): \(reason). Name a folder that can be written by --output."
        }
    }

    /// Tries whether a run can be written into a folder, and leaves nothing behind: missing folders are made, and go again.
    /// - Parameter parent: the folder that holds all runs.
    /// - Throws: ``WritingError``.
    public static func check(parent: String) throws(WritingError) {
        var failure: (any Error)?
        // Another run that makes the same check may have taken the folder away in between.
        for _ in 0..<3 {
            do {
                return try probe(parent)
            } catch {
                failure = error
                guard (error as? POSIXError)?.code == .ENOENT else { break }
            }
        }
        if let failure { throw WritingError(path: parent, reason: reason(failure)) }
    }

    private static func probe(_ parent: String) throws {
        let missing = missing(parent)
        // One that another run has begun to use is not empty, and stays.
        defer { for folder in missing.reversed() { rmdir(folder) } }
        try makeFolders(parent)
        let file = "\(parent)/.probe-\(UUID().uuidString)"
        let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError() }
        defer {
            close(descriptor)
            unlink(file)
        }
        // A full disk shows only here.
        guard Foundation.write(descriptor, [UInt8](repeating: 0, count: 4096), 4096) == 4096 else {
            throw systemError()
        }
    }

    /// Makes a folder and those that it is in, where they are missing.
    /// - Throws: `POSIXError`, for Foundation's own error has no reason in it.
    static func makeFolders(_ folder: String) throws {
        for folder in missing(folder) where mkdir(folder, 0o777) != 0 && errno != EEXIST { throw systemError() }
    }

    /// What the last system call failed for.
    static func systemError() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

    /// The folders on the way to one that are not there, outermost first.
    private static func missing(_ folder: String) -> [String] {
        var missing: [String] = []
        var path = URL(fileURLWithPath: folder).standardizedFileURL.path
        while path != "/", !path.isEmpty, !FileManager.default.fileExists(atPath: path) {
            missing.append(path)
            path = URL(fileURLWithPath: path).deletingLastPathComponent().path
        }
        return missing.reversed()
    }

    /// An error of a file in the system's words, such as `Permission denied`.
    public static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        guard inner.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(clamping: inner.code)))
    }
}
