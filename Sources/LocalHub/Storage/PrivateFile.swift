import Glibc

/// Files and folders that only their owner may read.
enum PrivateFile {
    /// Makes a folder, and those above it, that only the owner may enter; one that exists stays as it is.
    /// - Throws: `LocalHubError` that names the folder.
    static func makeDirectory(_ path: String) throws(LocalHubError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? "\(part)" : "/\(part)"
            guard mkdir(prefix, 0o700) != 0, errno != EEXIST else { continue }
            throw failure("make the folder", prefix)
        }
    }

    /// Makes a file without content if there is none, and gives it these permissions.
    /// - Throws: `LocalHubError` that names the file.
    static func create(_ path: String, mode: mode_t) throws(LocalHubError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("use", path) }
        defer { close(descriptor) }
        guard fchmod(descriptor, mode) == 0 else { throw failure("protect", path) }
    }

    /// Makes a new folder of the hub's own in the system's folder for temporary files.
    /// - Throws: `LocalHubError` that names the folder.
    static func makeTemporaryDirectory() throws(LocalHubError) -> String {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(root)/twinfleet-hub-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("make a folder in", root) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file as a whole or not at all.
    /// - Parameters:
    ///   - text: the content.
    ///   - path: where; an existing file is replaced.
    ///   - mode: the permissions, `0o600` for secrets.
    /// - Throws: `LocalHubError` that names the file.
    static func write(_ text: String, to path: String, mode: mode_t) throws(LocalHubError) {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("write", path) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = failure("write", path)
                close(descriptor)
                unlink(temporary)
                throw error
            }
            bytes = bytes.dropFirst(count)
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
            let error = failure("write", path)
            unlink(temporary)
            throw error
        }
    }

    /// Reads a file; nil when it does not exist.
    /// - Throws: `LocalHubError` that names the file.
    static func read(_ path: String) throws(LocalHubError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    static func failure(_ what: String, _ path: String) -> LocalHubError {
        LocalHubError(.dataDirectory, "cannot \(what) '\(path)': \(String(cString: strerror(errno)))")
    }
}
