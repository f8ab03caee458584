import Foundation
import NIOConcurrencyHelpers

/// Standard output for programs whose work matters more than their words: a run or a hub goes on when nobody reads them
/// any more (`| head`, a closed terminal, a full disk).
enum StandardOutput {
    private static let isBroken = NIOLockedValueBox(false)

    /// Lets this process live on when a reader of its output has gone.
    static func keepGoing() { signal(SIGPIPE, SIG_IGN) }

    /// Writes a text at once, also when that is a pipe; what cannot be written is let go, and the first time it is told
    /// on standard error, unless nobody is there to read.
    static func write(_ text: String) {
        let fault = Descriptor.rawWrite(Array(text.utf8), to: STDOUT_FILENO)
        guard fault != 0 else { return }
        let isFirst = isBroken.withLockedValue { isBroken in
            defer { isBroken = true }
            return !isBroken
        }
        if isFirst, fault != EPIPE, fault != EIO {
            complain("cannot write to standard output: \(String(cString: strerror(fault))); going on without")
        }
    }
}

/// Prints a line to standard output at once; see ``StandardOutput``.
func say(_ line: String) { StandardOutput.write(line + "\n") }

/// Prints a line to standard error, with the program's name.
func complain(_ line: String) { writeError("twinfleet: \(line)\n") }

/// Writes a text to standard error; when that fails there is nowhere left to tell it.
func writeError(_ text: String) { _ = Descriptor.rawWrite(Array(text.utf8), to: STDERR_FILENO) }

/// Returns when standard input has ended: a parent process holds its other end, and lets go when it is gone.
func standardInputEnded() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        // A blocking read needs a thread of its own; the cooperative pool must not lose one to it.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                break
            }
            continuation.resume()
        }
    }
}
