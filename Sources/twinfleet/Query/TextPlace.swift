/// A place in a text that people can be shown.
struct TextPlace: Equatable {
    /// The line, from 1.
    var line: Int
    /// The column in characters, from 1.
    var column: Int

    /// The line with a mark under the place; nil when the text has no such place.
    ///
    /// A long line is shown only around the place.
    func shown(in text: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard line >= 1, line <= lines.count else { return nil }
        // Tabs would shift the mark.
        let characters = Array(CellText.printable(lines[line - 1].map { $0 == "\t" ? " " : String($0) }.joined()))
        guard column >= 1, column <= characters.count + 1 else { return nil }
        let start = max(0, min(column - 1 - 50, characters.count - 100))
        let end = min(characters.count, start + 100)
        let cut = start > 0 ? "…" : ""
        let piece = cut + String(characters[start..<end]) + (end < characters.count ? "…" : "")
        let mark = String(repeating: " ", count: column - 1 - start + cut.count) + "^"
        return "  \(piece)\n  \(mark)"
    }
}
