/// Everything that is wrong with a fleet file.
public struct FleetFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One mistake and its place.
    public struct Mistake: Sendable, Hashable {
        /// The line, from 1; 0 when the file as a whole is at fault.
        public var line: Int
        /// The column in characters, from 1; 0 when the file as a whole is at fault.
        public var column: Int
        /// What was found, what was expected, and what was perhaps meant; one line, never a value of the environment.
        public var message: String

        /// Creates a mistake.
        public init(line: Int, column: Int, message: String) {
            self.line = line
            self.column = column
            self.message = message
        }
    }

    /// The path of the file, as given.
    public var file: String
    /// All mistakes, in the order of the file.
    public var mistakes: [Mistake]

    /// Creates an error.
    public init(file: String, mistakes: [Mistake]) {
        self.file = file
        self.mistakes = mistakes
    }

    /// One line per mistake: `file:line:column: found …; expected …`.
    public var description: String {
        mistakes.map { mistake in
            let place = mistake.line > 0 ? "\(file):\(mistake.line):\(mistake.column)" : file
            return "\(place): \(mistake.message)"
        }.joined(separator: "\n")
    }
}
