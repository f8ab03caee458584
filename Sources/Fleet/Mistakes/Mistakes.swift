/// Collects the mistakes of one file, so that all are told in one go.
final class Mistakes {
    private var placed: [Fault.Placed] = []

    var isEmpty: Bool { placed.isEmpty }

    /// How many there are: to see whether a step added one.
    var count: Int { placed.count }

    func add(_ mistake: Fault.Placed) {
        placed.append(mistake)
    }

    /// Adds a fault of a value, which is described here when the fault does not say what was found.
    ///
    /// A value that came from the environment is described by the name of its variable and nothing else.
    func add(_ fault: Fault, at node: YAMLNode) {
        var fault = fault
        if Words.namesVariable(node) {
            fault.found = Words.describe(node)
            fault.suggestion = nil
        } else if fault.found == nil {
            fault.found = Words.describe(node)
        }
        add(fault.at(node.position))
    }

    /// All mistakes in the order of the file; of several at one place, in the order in which they were found.
    func sorted() -> [FleetFileError.Mistake] {
        placed.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map {
                FleetFileError.Mistake(
                    line: $0.element.position.line,
                    column: $0.element.position.column,
                    message: $0.element.fault.message
                )
            }
    }
}
