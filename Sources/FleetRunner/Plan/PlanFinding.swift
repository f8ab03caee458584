/// Something about a fleet that will not go as its file asks, or that one should know.
public struct PlanFinding: Sendable, Hashable {
    /// How bad it is.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// A run refuses to begin.
        case impossible
        /// A run begins, and does not get what it asks for: the hub throttles it, or the machine swaps.
        case limited
        /// Nothing that will happen, but something that may.
        case note
    }

    /// How bad it is.
    public var severity: Severity
    /// What it is about, in two or three words, such as "open files".
    public var subject: String
    /// What was found, what was expected, and what to do, on one line.
    public var text: String
    /// What was found in a few words, for a run to tell; empty where a run says nothing or refuses with the whole text.
    public var brief: String
    /// Commands that mend it, one a line as they are typed; empty when there are none.
    public var commands: [String]

    /// Creates a finding.
    public init(
        _ severity: Severity,
        _ subject: String,
        _ text: String,
        brief: String = "",
        commands: [String] = []
    ) {
        self.severity = severity
        self.subject = subject
        self.text = text
        self.brief = brief
        self.commands = commands
    }
}
