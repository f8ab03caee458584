/// Why a run could not be carried out at all; a run that was carried out has a ``RunResult``, however bad.
public struct RunError: Error, Sendable, CustomStringConvertible {
    /// What kind of obstacle it was.
    public enum Code: String, Sendable {
        /// The hub does not answer, or its certificate is not trusted.
        case hubUnreachable
        /// The hub refuses the back end's credentials or their permissions.
        case unauthorized
        /// The hub refused to create the fleet.
        case provisioningFailed
        /// No device at all got ready.
        case noDeviceReady
        /// This machine's limits do not allow so large a fleet.
        case limitTooLow
        /// The fleet asks for something that this program cannot do.
        case unsupported
        /// The user interrupted the run a second time, or before there was anything to report.
        case interrupted
        /// A fault of this program.
        case internalFault
    }

    /// What kind of obstacle it was.
    public var code: Code
    /// What was found, where, what was expected and what to do; one or more lines.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// The exit code that tells this error to the shell.
    public var exitCode: ExitCode {
        switch code {
        case .hubUnreachable, .unauthorized, .provisioningFailed, .noDeviceReady: .hubUnreachable
        case .unsupported: .badFleetFile
        case .interrupted: .interrupted
        case .limitTooLow, .internalFault: .internalError
        }
    }
}
