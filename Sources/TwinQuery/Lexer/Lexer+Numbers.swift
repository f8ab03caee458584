import IoTHub

extension Lexer {
    /// A decimal number, or a hexadecimal one after `0x`.
    ///
    /// An integer beyond 64 bits becomes a double.
    mutating func number() throws(QueryError) -> JSON {
        let start = offset
        let isHexadecimal = source[offset] == "0" && (source[offset + 1] == "x" || source[offset + 1] == "X")
        // Takes in all that a person would take for the number, so that the error shows it whole.
        while let scalar = source[offset], isPart(scalar, isHexadecimal) { advance() }
        let text = source.text(start..<offset)
        if isHexadecimal {
            let digits = text.dropFirst(2)
            guard !digits.isEmpty, digits.unicodeScalars.allSatisfy(\.isHexDigit) else {
                throw fault(Words.quote(text), expected: "hexadecimal digits after 0x", at: start)
            }
            return try value(Int64(digits, radix: 16), text, at: start)
        }
        return try decimal(text, at: start)
    }

    private func decimal(_ text: String, at start: Int) throws(QueryError) -> JSON {
        var rest = Substring(text).unicodeScalars
        /// Whether at least one digit stood there.
        func takeDigits() -> Bool {
            let count = rest.count
            rest = rest.drop { $0.isDigit }
            return rest.count < count
        }
        var isInteger = true
        var isWellFormed = takeDigits()
        if rest.first == "." {
            rest.removeFirst()
            isInteger = false
            isWellFormed = takeDigits() && isWellFormed
            if !isWellFormed {
                throw fault(Words.quote(text), expected: "a digit after the decimal point", at: start)
            }
        }
        if let mark = rest.first, mark == "e" || mark == "E" {
            rest.removeFirst()
            isInteger = false
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            isWellFormed = takeDigits() && isWellFormed
            // The documents know decimal notation only.
            if isWellFormed, rest.isEmpty, mode == .strict {
                throw fault(
                    Words.quote(text),
                    expected: "a number without exponent: a real IoT hub is not known to read others",
                    at: start
                )
            }
        }
        guard isWellFormed, rest.isEmpty else {
            throw fault(
                Words.quote(text),
                expected: "a number such as 60, 0.5 or 0x3C; a name that starts with a digit is written [[name]]",
                at: start
            )
        }
        return try value(isInteger ? Int64(text) : nil, text, at: start)
    }

    /// The integer if it fits, else the nearest double.
    private func value(_ integer: Int64?, _ text: String, at start: Int) throws(QueryError) -> JSON {
        if let integer { return .integer(integer) }
        guard let double = Double(text), double.isFinite else {
            throw fault("the number \(Words.shortened(text))", expected: "one of at most 1.8e308", at: start)
        }
        return .double(double)
    }

    private func isPart(_ scalar: Unicode.Scalar, _ isHexadecimal: Bool) -> Bool {
        if scalar.continuesName { return true }
        if isHexadecimal { return false }
        if scalar == "." { return true }
        let last = source[offset - 1]
        return (scalar == "+" || scalar == "-") && (last == "e" || last == "E")
    }
}
