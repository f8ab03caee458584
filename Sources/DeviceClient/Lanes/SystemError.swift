internal import Glibc

/// Words for the codes of system calls.
enum SystemError {
    /// The system's text for an `errno`, such as `Connection refused`.
    static func text(_ code: Int32) -> String {
        // glibc keeps this text per thread.
        String(cString: strerror(code))
    }
}
