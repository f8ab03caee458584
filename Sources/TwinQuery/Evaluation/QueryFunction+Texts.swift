import IoTHub

extension QueryFunction {
    /// Looks for a text in another, code point by code point (see `Comparison`).
    ///
    /// INDEX_OF, LENGTH and SUBSTRING count code points, so that none cuts a character of UTF-16 into halves.
    func find(_ part: String, in text: String) -> JSON? {
        switch self {
        case .startsWith, .startsWithUnderscore: .bool(text.utf8.starts(with: part.utf8))
        case .endsWith, .endsWithUnderscore:
            .bool(text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8))
        case .contains: .bool(Self.offset(of: part, in: text) != nil)
        case .indexOf: .integer(Self.offset(of: part, in: text).map(Int64.init) ?? -1)
        default: nil
        }
    }

    /// The code points before the first occurrence.
    private static func offset(of part: String, in text: String) -> Int? {
        var rest = text.unicodeScalars[...]
        var count = 0
        while true {
            if rest.starts(with: part.unicodeScalars) { return count }
            if rest.popFirst() == nil { return nil }
            count += 1
        }
    }

    /// The texts one after the other.
    static func joined(
        _ first: JSON?,
        _ others: ArraySlice<Expression>,
        in row: some QueryRow
    ) -> JSON? {
        guard var text = first?.stringValue else { return nil }
        for other in others {
            guard let next = other.value(in: row)?.stringValue else { return nil }
            text += next
        }
        return .string(text)
    }

    /// A piece of a text from a position counted from 0; as long as asked for or as there is.
    static func substring(of text: JSON?, from start: JSON?, length: JSON?) -> JSON? {
        guard let text = text?.stringValue, let start = start?.integerValue, let length = length?.integerValue,
            start >= 0, length >= 0
        else { return nil }
        let piece = text.unicodeScalars.dropFirst(Int(start)).prefix(Int(length))
        return .string(String(piece))
    }
}
