import IoTHub

extension Parser {
    /// `; did you mean 'X'?`, or nothing.
    static func suggestion(for name: String, among candidates: [String]) -> String {
        Suggestion.nearest(to: name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }
}
