/// The text of a query, cut into characters that can be counted.
///
/// A character is a Unicode scalar, as in YAML, so that a place in a condition and the place of the condition in a fleet
/// file add up.
struct SourceText: Sendable {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The scalar at an offset; nil past the end.
    subscript(offset: Int) -> Unicode.Scalar? { scalars.indices.contains(offset) ? scalars[offset] : nil }

    /// What stands in a range.
    func text(_ range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return text
    }

    /// The line and the column of an offset, both from 1.
    ///
    /// `\n`, `\r` and `\r\n` end a line.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var (line, start) = (1, 0)
        for position in 0..<min(offset, scalars.count) {
            let isEnd = scalars[position] == "\n" || (scalars[position] == "\r" && self[position + 1] != "\n")
            if isEnd { (line, start) = (line + 1, position + 1) }
        }
        return (line, offset - start + 1)
    }
}
