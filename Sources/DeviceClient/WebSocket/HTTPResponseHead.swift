/// The head of a response of HTTP/1.1: status line and fields.
///
/// Source: RFC 9112, HTTP/1.1.
struct HTTPResponseHead: Sendable, Hashable {
    var status: Int
    /// The words after the status; they may be missing.
    var reason: String
    /// Names in small letters.
    private var fields: [String: [String]]

    /// Reads a head, without the empty line at its end.
    init(parsing text: String) throws(HTTPHeadReader.Malformed) {
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = (lines.popFirst() ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1]),
            (100...999).contains(status)
        else { throw HTTPHeadReader.Malformed(words: "no HTTP response") }
        self.status = status
        reason = words.count > 2 ? String(words[2].filter { !$0.isControl }.prefix(100)) : ""
        fields = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw HTTPHeadReader.Malformed(words: "an HTTP response with a line that is no field")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased(), default: []].append(Self.trimmed(value))
        }
    }

    /// The values of a field, the parts of lists one by one; the name in small letters.
    func list(_ name: String) -> [String] {
        (fields[name] ?? []).flatMap {
            $0.split(separator: ",").map { Self.trimmed($0.drop { $0 == " " || $0 == "\t" }) }
        }
    }

    /// The status and its words, as in `503 Service Unavailable`.
    var description: String { reason.isEmpty ? "\(status)" : "\(status) \(reason)" }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

/// Collects the head of a response from pieces, and not more than that.
struct HTTPHeadReader: Sendable {
    /// What came instead of a head, in words.
    struct Malformed: Error, Hashable {
        var words: String
    }

    /// Far more than a hub or a proxy has to say.
    static let limit = 16_384

    private var bytes: [UInt8] = []

    /// Takes bytes up to the end of the head.
    /// - Returns: the head and how many of these bytes belong to it, once it is complete.
    mutating func receive(
        _ input: UnsafeRawBufferPointer
    ) throws(Malformed) -> (head: HTTPResponseHead, count: Int)? {
        let known = bytes.count
        bytes += input.prefix(Self.limit + 1 - min(known, Self.limit))
        // The empty line may have begun with what came before.
        var index = max(0, known - 3)
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                let head = try HTTPResponseHead(parsing: String(decoding: bytes[..<index], as: UTF8.self))
                return (head, index + 4 - known)
            }
            index += 1
        }
        // Other protocols do not begin like this; they are not waited for.
        let start = Array("HTTP/1.".utf8)
        if !zip(bytes, start).allSatisfy({ $0 == $1 }) { throw Malformed(words: "no HTTP response") }
        if bytes.count > Self.limit {
            throw Malformed(words: "an HTTP response whose head is longer than \(Self.limit) bytes")
        }
        return nil
    }
}

extension Character {
    /// Whether it must not be shown as it is.
    fileprivate var isControl: Bool { unicodeScalars.contains { $0.value < 32 || (127..<160).contains($0.value) } }
}
