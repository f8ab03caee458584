import Foundation
import TestKit

/// A named pipe that a program opens for writing: it ends when the last process that has it open is gone.
final class SignOfLife: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the pipe, and opens it for reading, so that no writer waits for that.
    init(in folder: TemporaryDirectory) throws {
        path = folder.url.path + "/alive"
        guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Waits for what is written next.
    /// - Returns: the text, empty at the end; nil when neither comes, which a passing test never waits for.
    func next() async -> String? {
        await withCheckedContinuation { continuation in
            // A thread of its own: the cooperative pool must not lose one to it.
            Thread.detachNewThread {
                // Until somebody has opened the other end there is nothing to poll for, not even the end.
                var entry = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
                var bytes = [UInt8](repeating: 0, count: 256)
                let count = poll(&entry, 1, 50_000) > 0 ? read(self.descriptor, &bytes, bytes.count) : -1
                continuation.resume(
                    returning: count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
                )
            }
        }
    }
}
