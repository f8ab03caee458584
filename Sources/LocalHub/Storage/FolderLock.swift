import Glibc
import NIOConcurrencyHelpers

/// Keeps other hubs out of a data folder until it is released; the system does that when the process dies.
final class FolderLock: Sendable {
    /// Nil after the release.
    private let descriptor: NIOLockedValueBox<CInt?>

    /// Takes the lock.
    /// - Throws: `LocalHubError` that names the folder: `dataDirectoryInUse` when another hub has it.
    init(on directory: String) throws(LocalHubError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PrivateFile.failure("use the folder", directory) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            let error =
                code == EWOULDBLOCK
                ? LocalHubError(
                    .dataDirectoryInUse,
                    "another hub keeps its data in '\(directory)'; stop it, or choose another folder with --data"
                )
                : PrivateFile.failure("lock the folder", directory)
            close(descriptor)
            throw error
        }
        self.descriptor = NIOLockedValueBox(descriptor)
    }

    deinit { release() }

    /// Makes the names of new files in the folder outlive a power failure.
    /// - Throws: `LocalHubError` that names the folder.
    func sync(_ directory: String) throws(LocalHubError) {
        let result = descriptor.withLockedValue { $0.map { fsync($0) } ?? 0 }
        guard result == 0 else { throw PrivateFile.failure("write to the folder", directory) }
    }

    /// Lets others into the folder; a second call does nothing.
    func release() {
        guard let descriptor = descriptor.withLockedValue({ $0.take() }) else { return }
        // A program that is just being started may have a copy for a moment, which would keep the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
