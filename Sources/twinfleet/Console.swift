import Dispatch
import Foundation

/// Prints a line to standard output at once, also when that is a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// Prints a line to standard error, with the program's name.
func complain(_ line: String) {
    FileHandle.standardError.write(Data("twinfleet: \(line)\n".utf8))
}

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
