/// What is wrong with a value: what was found, what was expected, what was perhaps meant.
struct Fault: Error, Hashable {
    /// A fault and its place.
    struct Placed: Hashable {
        var fault: Fault
        var position: Position
    }

    /// What stands there; nil for the value itself, described by the one who knows where it stands.
    var found: String?
    var expected: String
    var suggestion: String?

    init(_ found: String? = nil, expected: String, suggestion: String? = nil) {
        self.found = found
        self.expected = expected
        self.suggestion = suggestion
    }

    func at(_ position: Position) -> Placed { Placed(fault: self, position: position) }

    func at(_ line: Int, _ column: Int) -> Placed { at(Position(line: line, column: column)) }

    /// One line: `found X; expected Y; did you mean 'Z'?`.
    var message: String {
        "found \(found ?? "nothing"); expected \(expected)" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
    }
}
