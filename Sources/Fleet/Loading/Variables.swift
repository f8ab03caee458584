import IoTHub

/// A scalar with `${NAME}` replaced.
struct ExpandedText {
    /// What the value is.
    var text = ""
    /// The same for reading placeholders: braces that came from the environment are doubled, for they are text.
    var template = ""

    fileprivate mutating func append(_ part: String) {
        text += part
        template += part
    }

    fileprivate mutating func append(literal: String) {
        text += literal
        template += literal.replacing("{", with: "{{").replacing("}", with: "}}")
    }
}

/// Replaces `${NAME}` by what the environment says; `$${NAME}` stays as `${NAME}`.
struct Variables {
    let environment: [String: String]

    /// The scalar's text, and a fault for every name that the environment lacks or that is none.
    func expand(_ scalar: YAMLScalar) -> (ExpandedText, [Fault]) {
        var result = ExpandedText()
        var faults: [Fault] = []
        var rest = scalar.marked.unicodeScalars[...]
        while let dollar = rest.firstIndex(of: "$") {
            result.append(String(rest[..<dollar]))
            rest = rest[dollar...].dropFirst()
            if rest.first == "$", let (name, end) = Self.name(in: rest.dropFirst()) {
                result.append(literal: "${\(name)}")
                rest = rest[end...]
            } else if let (name, end) = Self.name(in: rest) {
                rest = rest[end...]
                do throws(Fault) {
                    result.append(literal: try value(of: name))
                } catch {
                    faults.append(error)
                }
            } else {
                if rest.first == "{" {
                    faults.append(
                        Fault("'${' without a name and '}'", expected: "${NAME}, or $${NAME} for the text itself")
                    )
                    rest = rest.dropFirst()
                }
                result.append("$")
            }
        }
        result.append(String(rest))
        return (result, faults)
    }

    private func value(of name: String) throws(Fault) -> String {
        guard Self.isName(name) else {
            throw Fault(
                Words.quote("${\(name)}"),
                expected: "${NAME}, a name of letters, digits and '_' that does not begin with a digit"
            )
        }
        if let value = environment[name] { return value }
        // Only names are told, never values; of short ones everything is near.
        let nearest = name.utf8.count < 4 ? nil : Suggestion.nearest(to: name, among: environment.keys.sorted())
        throw Fault(
            "'${\(name)}', but the environment variable \(name) is not set",
            expected: "it to be set",
            suggestion: nearest.map { "${\($0)}" }
        )
    }

    /// The name between the marks that the text begins with, and where it goes on after them.
    private static func name(
        in text: Substring.UnicodeScalarView
    ) -> (name: String, end: Substring.UnicodeScalarView.Index)? {
        guard text.first == VariableMarks.opening, let end = text.firstIndex(of: VariableMarks.closing) else {
            return nil
        }
        return (String(text[..<end].dropFirst()), text.index(after: end))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { byte in
            isDigit(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
