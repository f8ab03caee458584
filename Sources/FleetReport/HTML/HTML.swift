/// A piece of a page.
///
/// Texts that are put into it are escaped; pieces are not.
///
/// Device ids, reasons and conditions come from outside, so escaping must not be something to remember.
struct HTML: Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// A text from anywhere, escaped.
    init(_ text: String) { self.text = Self.escaped(text) }

    /// Pieces behind each other.
    init(_ pieces: [HTML]) { text = pieces.map(\.text).joined(separator: "\n") }

    /// A name that goes on in the next line behind an underscore rather than in a word, such as `Amqp_Tcp_Only`.
    static func breakable(_ name: String) -> HTML {
        let words = name.split(separator: "_", omittingEmptySubsequences: false).map { escaped(String($0)) }
        return HTML(stringLiteral: words.joined(separator: "_<wbr/>"))
    }

    /// Whether there is nothing in it.
    var isEmpty: Bool { text.isEmpty }

    /// A text as content or attribute.
    ///
    /// What turns the direction of writing round would also turn words of ours; it is shown as U+FFFD.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.turnsWriting) else { return XMLNode.escaped(text) }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar.turnsWriting ? "\u{FFFD}" : scalar) }
        return XMLNode.escaped(String(scalars))
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

        mutating func appendInterpolation(_ pieces: [HTML]) { text += HTML(pieces).text }

        mutating func appendInterpolation(_ text: String) { self.text += HTML.escaped(text) }

        mutating func appendInterpolation(_ number: Int) { text += String(number) }
    }
}
