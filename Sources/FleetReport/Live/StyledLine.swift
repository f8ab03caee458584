/// A line of parts, each in a colour or none: it can be cut to a width before it gets its colours.
struct StyledLine: Sendable, Equatable {
    private struct Part: Sendable, Equatable {
        var text: String
        var tone: Style.Tone?
    }

    private var parts: [Part] = []

    init(_ text: String = "", tone: Style.Tone? = nil) { add(text, tone: tone) }

    /// The characters of the line.
    var count: Int { parts.reduce(0) { $0 + $1.text.count } }

    mutating func add(_ text: String, tone: Style.Tone? = nil) {
        if !text.isEmpty { parts.append(Part(text: Format.printable(text), tone: tone)) }
    }

    mutating func add(_ line: StyledLine) { parts += line.parts }

    /// Adds spaces up to a column.
    mutating func pad(to column: Int) { add(String(repeating: " ", count: max(0, column - count))) }

    /// The line as the terminal takes it, at most `width` characters wide; what is cut off leaves a mark.
    func text(width: Int, style: Style) -> String {
        let isCut = count > width && width > 1
        var left = isCut ? width - 1 : width
        var text = ""
        for part in parts where left > 0 {
            let piece = String(part.text.prefix(left))
            left -= piece.count
            text += part.tone.map { style.apply($0, to: piece) } ?? piece
        }
        return isCut ? text + "…" : text
    }
}
