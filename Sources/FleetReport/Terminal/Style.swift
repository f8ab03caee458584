/// Whether and how terminal colours are used.
public struct Style: Sendable {
    /// Whether colours are on.
    public var isColored: Bool

    /// Makes a style.
    public init(isColored: Bool) { self.isColored = isColored }

    /// Colours for a terminal, unless the environment has `NO_COLOR` or says that the terminal is dumb.
    public init(isTerminal: Bool, environment: [String: String]) {
        let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        isColored = isTerminal && !refused && environment["TERM"] != "dumb"
    }

    /// A colour by its meaning.
    public enum Tone: String, Sendable {
        /// Something that went well.
        case good = "32"
        /// Something that went wrong.
        case bad = "31"
        /// Something to look at.
        case doubtful = "33"
        /// A heading.
        case heading = "1"
        /// Something of less weight.
        case faint = "2"
    }

    /// The text in a colour, where colours are used.
    public func apply(_ tone: Tone, to text: String) -> String {
        isColored ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }
}
