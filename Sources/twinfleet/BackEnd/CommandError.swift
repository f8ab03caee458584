/// Why a back-end command ends without having done what was asked.
struct CommandError: Error, Sendable, Equatable, CustomStringConvertible {
    /// How such a command ends, told to the shell.
    enum Exit: Int32, Sendable {
        /// The hub refused it, or some of it.
        case refused = 1
        /// The command line, a file named in it or the environment is wrong.
        case usage = 64
        /// The hub cannot be reached, is not trusted, or does not know our credentials.
        case unavailable = 69
        /// A fault of this program or of this machine.
        case internalError = 70
    }

    /// The exit code.
    var exit: Exit
    /// What was asked, what was answered, what to do: one line; lines that point into a text may follow.
    var message: String

    init(_ exit: Exit, _ message: String) {
        self.exit = exit
        self.message = message
    }

    var description: String { message }
}
