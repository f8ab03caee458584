import Glibc
import NIOCore

/// Why a server on loopback could not start.
public struct LiveServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Reason: Sendable, Hashable {
        /// Another program listens on the port.
        case portInUse
        /// The user may not listen on the port.
        case portNotPermitted
        /// The system refused something else.
        case system
    }

    /// What kind of trouble it is.
    public let reason: Reason
    /// What happened and what to do, for people.
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// What a failure to listen means, and which option helps.
    init(_ error: any Error, port: Int, option: String) {
        let place = "port \(port) of 127.0.0.1"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                .portInUse,
                "\(place) is in use; end the other program, or choose another port with \(option) (0 takes any free one)"
            )
        case EACCES, EPERM:
            self.init(
                .portNotPermitted,
                "this user may not listen on \(place); choose one above 1023 with \(option) (0 takes any free one)"
            )
        case let code?:
            self.init(.system, "cannot listen on \(place): \(String(cString: strerror(code)))")
        case nil:
            self.init(.system, "cannot listen on \(place): \(error)")
        }
    }
}
