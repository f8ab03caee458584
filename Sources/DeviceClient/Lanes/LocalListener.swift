internal import Foundation
internal import Glibc

/// A Unix-domain socket to which a library of this process connects by a path, so that what it writes comes to us.
///
/// The path is that of an open descriptor: the file that the socket was made with is gone at once, nothing is left behind,
/// and no other user reaches it. Connecting and accepting follow each other on one queue, so they belong together.
final class LocalListener: Sendable {
    /// `O_PATH`, which Swift's Glibc module leaves out: a descriptor that only names a file.
    private static let pathOnly: Int32 = 0o10000000

    private let listener: Int32
    private let place: Int32
    /// What to connect to.
    let path: String

    init() throws(DeviceClientError) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let listener = socket(AF_UNIX, type, 0)
        guard listener >= 0 else { throw Self.error("open a Unix-domain socket", errno) }
        do throws(DeviceClientError) {
            place = try Self.makePlace(for: listener)
        } catch {
            close(listener)
            throw error
        }
        self.listener = listener
        path = "/proc/self/fd/\(place)"
    }

    deinit {
        close(listener)
        close(place)
    }

    /// Has the library connect.
    /// - Returns: our end of the connection, which does not block; −1 when the library did not connect.
    func accept(connecting: () -> Bool) throws(DeviceClientError) -> Int32 {
        // A connection that could not be taken, for want of descriptors, must not be mistaken for this one.
        while true {
            let stray = Glibc.accept(listener, nil, nil)
            if stray >= 0 {
                close(stray)
            } else if errno == EAGAIN {
                break
            } else if errno != ECONNABORTED && errno != EINTR {
                throw Self.error("open a socket", errno)
            }
        }
        guard connecting() else { return -1 }
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Self.error("open a socket", errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// Binds the socket to a file in a new folder, and removes both.
    /// - Returns: a descriptor that still names the file.
    private static func makePlace(for listener: Int32) throws(DeviceClientError) -> Int32 {
        let temporary = FileManager.default.temporaryDirectory.path
        var folder = Array("\(temporary)/twinfleet-XXXXXX".utf8CString)
        guard mkdtemp(&folder) != nil else {
            throw error("make a folder in \(temporary) (TMPDIR names another)", errno)
        }
        defer { rmdir(folder) }
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw error("open a folder in \(temporary)", errno) }
        defer { close(folderDescriptor) }
        // By way of the descriptor, since a socket's path is at most 107 bytes long.
        let path = "/proc/self/fd/\(folderDescriptor)/s"
        guard bind(listener, to: path), listen(listener, 16) == 0 else {
            throw error("make a Unix-domain socket in \(temporary)", errno)
        }
        defer { unlink(path) }
        let place = open(path, pathOnly | O_CLOEXEC)
        guard place >= 0 else { throw error("open a Unix-domain socket in \(temporary)", errno) }
        return place
    }

    private static func bind(_ listener: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func error(_ what: String, _ code: Int32) -> DeviceClientError {
        DeviceClientError(.systemLimit, "cannot \(what): \(SystemError.text(code))")
    }
}
