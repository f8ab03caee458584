/// Pieces of the query as messages show them.
enum Words {
    /// In quotes, on one line, and not longer than a person reads.
    static func quote(_ text: some StringProtocol) -> String {
        let shown = shortened(text)
        return shown.contains("'") ? "\"\(shown)\"" : "'\(shown)'"
    }

    static func quote(_ scalar: Unicode.Scalar) -> String { quote(String(Character(scalar))) }

    /// On one line, and cut after 40 characters.
    static func shortened(_ text: some StringProtocol) -> String {
        var shown = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == 40 { return shown + "..." }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
                shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// `a`, `a or b`, `a, b or c`.
    static func alternatives(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
