extension Lexer {
    /// A text in quotes.
    ///
    /// Source of the escapes: Azure IoT Hub documentation, "IoT Hub query language".
    mutating func text(quote: Unicode.Scalar) throws(QueryError) -> String {
        let start = offset
        var text = ""
        advance()
        while let scalar = source[offset] {
            switch scalar {
            case quote:
                advance()
                return text
            case "\\": text.unicodeScalars.append(try escape())
            default:
                text.unicodeScalars.append(scalar)
                advance()
            }
        }
        throw fault("a text without an end", expected: "\(Words.quote(quote)) at its end", at: start)
    }

    private mutating func escape() throws(QueryError) -> Unicode.Scalar {
        let start = offset
        switch source[offset + 1] {
        case let scalar? where scalar == "'" || scalar == "\"" || scalar == "\\":
            advance(by: 2)
            return scalar
        case "u":
            let unit = try codeUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // Half a pair: a character beyond U+FFFF is written as two escapes, as in JSON.
            guard UTF16.isLeadSurrogate(unit), source[offset] == "\\", source[offset + 1] == "u" else {
                throw fault(
                    Words.quote(source.text(start..<offset)),
                    expected: "both halves of the pair, \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF",
                    at: start
                )
            }
            let second = offset
            let low = try codeUnit()
            let value = 0x10000 + (UInt32(unit) & 0x3FF) << 10 + UInt32(low) & 0x3FF
            guard UTF16.isTrailSurrogate(low), let scalar = Unicode.Scalar(value) else {
                throw fault(
                    Words.quote(source.text(second..<offset)),
                    expected: "the second half of the pair, \\uDC00 to \\uDFFF",
                    at: second
                )
            }
            return scalar
        default:
            throw fault(
                Words.quote(source.text(start..<min(start + 2, source.scalars.count))),
                expected: "one of the escapes \\', \\\", \\\\ and \\uXXXX",
                at: start
            )
        }
    }

    /// `\uXXXX`.
    private mutating func codeUnit() throws(QueryError) -> UInt16 {
        let start = offset
        var end = start + 2
        while end < start + 6, source[end]?.isHexDigit == true { end += 1 }
        guard end == start + 6, let unit = UInt16(source.text(start + 2..<end), radix: 16) else {
            throw fault(
                Words.quote(source.text(start..<end)),
                expected: "four hexadecimal digits after \\u",
                at: start
            )
        }
        advance(by: 6)
        return unit
    }
}
