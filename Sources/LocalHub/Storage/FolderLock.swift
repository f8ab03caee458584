import Glibc

/// Keeps other hubs out of a data folder for as long as it lives; the system gives it back when the process dies.
final class FolderLock: Sendable {
    private let descriptor: CInt

    /// Takes the lock.
    /// - Throws: `LocalHubError` that names the folder: `dataDirectoryInUse` when another hub has it.
    init(on directory: String) throws(LocalHubError) {
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
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
    }

    deinit { close(descriptor) }
}
