/// How a command ended, told to the shell; each code has exactly one meaning.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// The run passed: the asked load was delivered and every threshold held.
    case pass = 0
    /// The run was sound and failed: a threshold failed, a device never got ready, a twin differs from its echo.
    case fail = 1
    /// The run proves nothing: the load was not delivered, the generator was the bottleneck, or sums do not balance.
    case invalid = 2
    /// The command line is wrong.
    case usage = 64
    /// The fleet file, or a run to report on, is missing or has mistakes.
    case badFleetFile = 65
    /// The hub cannot be reached or refuses our credentials.
    case hubUnreachable = 69
    /// A fault of this program or of this machine's set-up, such as too few open files.
    case internalError = 70
    /// The user interrupted the run (Ctrl-C); the report covers what had happened until then.
    case interrupted = 130
}
