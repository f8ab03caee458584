/// Characters that stand for the braces of `${NAME}` while libyaml reads the text.
///
/// In `{ connection: ${HUB} }` YAML takes the inner braces for a mapping. Both marks are one character as a brace is, so
/// columns stay right. They come from the private-use area, and a file that has them itself is refused.
enum VariableMarks {
    static let opening: Unicode.Scalar = "\u{F8F0}"
    static let closing: Unicode.Scalar = "\u{F8F1}"

    static func unmark(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == opening || $0 == closing }) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            plain.append(scalar == opening ? "{" : scalar == closing ? "}" : scalar)
        }
        return String(plain)
    }

    static func mark(_ bytes: [UInt8]) -> [UInt8] {
        var marked: [UInt8] = []
        marked.reserveCapacity(bytes.count + 64)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            marked.append(byte)
            position += 1
            guard byte == UInt8(ascii: "$"), position < bytes.count, bytes[position] == UInt8(ascii: "{") else {
                continue
            }
            let name = bytes[(position + 1)...].prefix(while: mayStandInName)
            guard name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: "}") else { continue }
            marked.append(contentsOf: UTF8.encode(opening).map(Array.init) ?? [])
            marked.append(contentsOf: name)
            marked.append(contentsOf: UTF8.encode(closing).map(Array.init) ?? [])
            position = name.endIndex + 1
        }
        return marked
    }

    /// Generous, so that `${MY-HUB}` is found and refused with a reason.
    private static func mayStandInName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ","),
            UInt8(ascii: "#"):
            false
        default: true
        }
    }
}

/// The checks on a file's bytes before YAML is looked for in them.
enum SourceText {
    /// Bytes that a fleet file may have.
    static let maximumSize = 4 * 1024 * 1024

    /// The first character that no fleet file may have.
    static func fault(in bytes: [UInt8]) -> Fault.Placed? {
        if bytes.count > maximumSize {
            return Fault("a file of more than \(Words.number(maximumSize)) bytes", expected: "a fleet file").at(1, 1)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return Fault("a file in UTF-16", expected: "UTF-8").at(1, 1)
        }
        var line = 1
        var column = 1
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput: return nil
            case .error: return Fault("bytes that are not UTF-8", expected: "a text in UTF-8").at(line, column)
            case .scalarValue("\n"):
                line += 1
                column = 1
            case .scalarValue(let scalar):
                if !isAllowed(scalar) {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    let name = String(repeating: "0", count: max(0, 4 - code.count)) + code
                    return Fault("the character U+\(name)", expected: "text without control and private-use characters")
                        .at(line, column)
                }
                column += 1
            }
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0D, 0x85, 0xFEFF: true
        case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: false
        default: scalar != VariableMarks.opening && scalar != VariableMarks.closing
        }
    }
}
