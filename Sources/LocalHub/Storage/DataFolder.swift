import Foundation
import Glibc
import Logging

/// A folder to keep a hub's data in, held so that no other hub has it, with its database.
struct DataFolder: Sendable {
    let path: String
    let lock: FolderLock
    let database: HubDatabase

    /// Opens a folder, and makes what is not there.
    /// - Throws: `LocalHubError` that names the file; `dataDirectoryInUse` while another hub has the folder.
    static func open(_ directory: String, logger: Logger) throws(LocalHubError) -> DataFolder {
        let path = try path(of: directory)
        try PrivateFile.makeDirectory(path)
        let lock = try FolderLock(on: path)
        let file = databaseFile(in: path)
        let older = OlderFolder(path: path)
        // Before anything is made: a folder that is refused stays as it is.
        if access(file, F_OK) != 0 { try older.check() }
        let database = try HubDatabase(file: file, logger: logger)
        try older.takeOver(into: database, logger: logger)
        return DataFolder(path: path, lock: lock, database: database)
    }

    /// Whether a hub has kept data there.
    /// - Throws: `LocalHubError` for an empty name.
    static func exists(_ directory: String) throws(LocalHubError) -> Bool {
        access(databaseFile(in: try path(of: directory)), F_OK) == 0
    }

    func close() {
        database.close()
        lock.release()
    }

    /// The whole path: clients are given that of ca.pem, and may have another working directory.
    private static func path(of directory: String) throws(LocalHubError) -> String {
        // Foundation takes it for the working directory.
        guard !directory.isEmpty else {
            throw LocalHubError(.dataDirectory, "the name of the data folder is empty; give --data a folder")
        }
        return URL(fileURLWithPath: directory).standardizedFileURL.path
    }

    private static func databaseFile(in path: String) -> String { "\(path)/hub.sqlite" }
}
