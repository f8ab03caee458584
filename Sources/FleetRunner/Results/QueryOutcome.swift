/// One of the fleet's queries, and how the hub's last answer to it compares with what the fleet file says.
public struct QueryOutcome: Sendable, Hashable {
    /// The condition as written in the fleet file.
    public var condition: String
    /// How many devices of the fleet satisfy it by what is declared of them.
    public var expected = 0
    /// How many devices of the fleet the hub returned.
    public var returned = 0
    /// How many devices it returned that are not of this fleet; they count neither for nor against it.
    public var others = 0
    /// Devices that were not compared, because this run did not get them ready and so cannot say what the hub has of them.
    public var leftOut = 0
    /// Devices that should have been returned and were not, in the fleet's order.
    public var missing: [String] = []
    /// Devices of the fleet that should not have been returned, in the fleet's order.
    public var unexpected: [String] = []
    /// Devices of the fleet that were returned more than once, in the fleet's order.
    public var repeated: [String] = []
    /// Pages of the hub's last answer.
    public var pages = 0
    /// Rows of the hub's last answer, on all pages together.
    public var rows = 0
    /// How often the hub was asked.
    public var attempts = 0
    /// From the first question of the check to the answer that counts.
    public var duration: Duration = .zero
    /// Why the hub gave no answer, in words; nil when it gave one.
    public var failure: String?

    /// Creates an outcome that says nothing yet.
    public init(condition: String) { self.condition = condition }

    /// Whether the hub returned exactly the expected devices of the fleet.
    public var agrees: Bool { failure == nil && missing.isEmpty && unexpected.isEmpty && repeated.isEmpty }

    /// Devices that are missing, too many, or there more than once; without an answer, all that were expected.
    public var mismatches: Int {
        failure == nil ? missing.count + unexpected.count + repeated.count : max(1, expected)
    }
}
