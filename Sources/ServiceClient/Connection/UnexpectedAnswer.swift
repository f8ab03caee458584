import IoTHub

/// An answer that lacks what the API promises.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    var description: String

    /// A value of another kind than expected.
    static func kind(_ json: JSON, expected: String) -> UnexpectedAnswer {
        UnexpectedAnswer(description: "expected \(expected), found \(json.kind)")
    }

    /// A count that must be there.
    static func count(_ name: String, in json: JSON) throws -> Int {
        guard let count = json[name]?.integerValue.flatMap({ Int(exactly: $0) }) else {
            throw UnexpectedAnswer(description: "expected an integer '\(name)', found \(json[name]?.kind ?? "nothing")")
        }
        return count
    }
}
