/// Takes secrets out of text that comes from elsewhere, before it goes into an error or a log.
enum Redaction {
    /// Names behind which a secret stands up to the next delimiter.
    private static let names = [
        "sig=", "sharedaccesskey=", "primarykey", "secondarykey", "client_secret", "client_assertion", "access_token",
        "accesstoken",
    ]

    /// The text with the values behind `sig=`, `SharedAccessKey=`, the members of JSON and forms that hold secrets, and
    /// everything that looks like a signed token (JWT) replaced by `[redacted]`.
    static func clean(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if let end = endOfToken(in: bytes, at: position) {
                result += Array("[redacted]".utf8)
                position = end
                continue
            }
            guard let name = names.first(where: { starts($0, in: bytes, at: position) }) else {
                result.append(bytes[position])
                position += 1
                continue
            }
            result += bytes[position..<position + name.utf8.count]
            position += name.utf8.count
            // A JSON member has quotes and a colon between name and value, possibly escaped once more.
            let between = bytes[position...].prefix(while: isPunctuation)
            result += between
            position = between.endIndex
            guard name.hasSuffix("=") || introducesValue(between) else { continue }
            let start = position
            while position < bytes.count, isSecret(bytes[position]) { position += 1 }
            if position > start { result += Array("[redacted]".utf8) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Where a token ends that begins here: all begin with the Base64 of `{"`, and have two dots.
    private static func endOfToken(in bytes: [UInt8], at position: Int) -> Int? {
        guard starts("eyj", in: bytes, at: position) else { return nil }
        var end = position
        var dots = 0
        while end < bytes.count, isSecret(bytes[end]) {
            if bytes[end] == UInt8(ascii: ".") { dots += 1 }
            end += 1
        }
        return dots >= 2 ? end : nil
    }

    private static func starts(_ name: String, in bytes: [UInt8], at position: Int) -> Bool {
        guard bytes.count - position >= name.utf8.count else { return false }
        return zip(name.utf8, bytes[position...]).allSatisfy { $0 == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        isQuote(byte) || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: " ") || separatesValue(byte)
    }

    private static func separatesValue(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    /// Whether a value stands behind it: after ':' or '=', or in quotes of its own.
    ///
    /// A sentence about a key has the name, too, as in "primaryKey is not Base64".
    private static func introducesValue(_ punctuation: ArraySlice<UInt8>) -> Bool {
        punctuation.contains(where: separatesValue) || punctuation.last.map(isQuote) == true
    }

    /// Base64, its percent-encoded form, and what tokens and client secrets have besides.
    private static func isSecret(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "%"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }
}
