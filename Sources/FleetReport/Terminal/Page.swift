/// Lines of at most 100 columns, or as many as a narrower terminal has: headings, and rows with a label whose text goes on
/// under itself.
struct Page {
    /// The widths of a page: what reads well, and what the narrowest tables need.
    static let widths = 72...100
    private static let labelWidth = 14

    let style: Style
    /// The columns of a line at most.
    let width: Int
    private(set) var lines: [String] = []

    /// A page as wide as a terminal, whose columns are nil where there is none.
    init(style: Style, columns: Int? = nil) {
        self.style = style
        width = min(max(columns ?? Self.widths.upperBound, Self.widths.lowerBound), Self.widths.upperBound)
    }

    /// A heading with an empty line before it.
    mutating func heading(_ text: String) {
        if !lines.isEmpty { lines.append("") }
        lines.append(style.apply(.heading, to: Format.printable(text)))
    }

    mutating func line(_ text: String) { lines.append(Format.printable(text)) }

    /// A row; the colour is the label's.
    mutating func row(_ label: String, _ text: String, tone: Style.Tone? = nil) {
        row(head: Format.left(label, Self.labelWidth) + "  ", text, tone: tone)
    }

    /// A row behind a head of any width; what does not fit goes on under the text.
    mutating func row(head: String, _ text: String, tone: Style.Tone? = nil) {
        let indent = 2 + head.count
        for (index, piece) in Self.pieces(of: Format.printable(text), width: width - indent).enumerated() {
            if index > 0 {
                lines.append(String(repeating: " ", count: indent) + piece)
            } else {
                let line =
                    "  " + (tone.map { style.apply($0, to: Format.printable(head)) } ?? Format.printable(head)) + piece
                lines.append(piece.isEmpty && tone == nil ? Self.trimmed(line) : line)
            }
        }
    }

    /// A text cut at spaces into pieces that fit; a word that is too long for a line is cut in itself.
    static func pieces(of text: String, width: Int) -> [String] {
        let width = max(width, 1)
        var pieces: [String] = []
        var piece = ""
        for word in text.split(whereSeparator: \.isNewline).joined(separator: " ").split(separator: " ") {
            var word = word
            if !piece.isEmpty {
                if piece.count + 1 + word.count <= width {
                    piece += " " + word
                    continue
                }
                pieces.append(piece)
                piece = ""
            }
            while word.count > width {
                pieces.append(String(word.prefix(width)))
                word = word.dropFirst(width)
            }
            piece = String(word)
        }
        if !piece.isEmpty || pieces.isEmpty { pieces.append(piece) }
        return pieces
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
