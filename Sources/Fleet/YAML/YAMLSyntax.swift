/// libyaml's complaints in words that help.
enum YAMLSyntax {
    static func explain(_ error: YAMLEvents.SyntaxError, in bytes: [UInt8]) -> Fault.Placed {
        fault(error, character(at: error.position, in: bytes)).at(error.position)
    }

    private static func fault(_ error: YAMLEvents.SyntaxError, _ character: Unicode.Scalar?) -> Fault {
        if character == "\t" {
            return Fault("a tab", expected: "spaces: YAML takes no tabs at the start of a line")
        }
        if error.problem == "found character that cannot start any token", let character {
            return Fault(
                "a value that begins with '\(character)'",
                expected: "quotes around it: no plain value begins with that character"
            )
        }
        if error.problem == "mapping values are not allowed in this context" {
            return Fault(
                "a ':' where no key can stand",
                expected:
                    "quotes around a value with a colon in it, or a key on a line of its own, indented as the others"
            )
        }
        var place = ""
        if let context = error.context {
            place = " (\(context) that begins on line \(error.contextLine))"
        }
        return Fault(
            "no valid YAML: \(error.problem)\(place)",
            expected: "YAML; look at indentation, quotes and brackets"
        )
    }

    private static func character(at position: Position, in bytes: [UInt8]) -> Unicode.Scalar? {
        var line = 1
        var column = 1
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if line == position.line && column == position.column {
                return scalar == VariableMarks.opening ? "{" : scalar == VariableMarks.closing ? "}" : scalar
            }
            column += 1
            if scalar == "\n" {
                line += 1
                column = 1
            }
        }
        return nil
    }
}
