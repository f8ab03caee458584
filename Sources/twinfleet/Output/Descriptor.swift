import Foundation

/// Writing to descriptors that may be pipes.
enum Descriptor {
    /// Writes all bytes.
    ///
    /// When nobody reads any more this process ends by SIGPIPE, without a word, as `cat` and `grep` do. (The network
    /// library has the signal ignored, so that it does not come by itself.)
    /// - Throws: `CommandError` when the bytes cannot be written for another reason, such as a full disk.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(CommandError) {
        switch rawWrite(bytes, to: descriptor) {
        case 0: return
        case EPIPE: endBySIGPIPE()
        case let fault:
            throw CommandError(.internalError, "cannot write the output: \(String(cString: strerror(fault)))")
        }
    }

    /// Writes all bytes.
    /// - Returns: 0, or the error's number.
    static func rawWrite(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    // Somebody else made the descriptor one that does not block: wait until it takes more.
                    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&entry, 1, -1)
                case let fault: return fault
                }
            }
            return 0
        }
    }

    private static func endBySIGPIPE() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        // Only reached when the signal is blocked.
        _exit(128 + SIGPIPE)
    }
}
