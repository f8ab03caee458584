/// The text format of server-sent events.
///
/// Source: WHATWG, "HTML Living Standard", 9.2.6 "Interpreting an event stream".
enum ServerSentEvents {
    static let contentType = "text/event-stream; charset=utf-8"

    /// The message with this data; a line of its own for each line of the data, whichever way they are ended.
    static func message(_ data: String) -> String {
        var text = ""
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isLineEnd) {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }
}

extension Character {
    /// Whether the format takes it for the end of a line; `\r\n` is one character.
    fileprivate var isLineEnd: Bool { self == "\n" || self == "\r" || self == "\r\n" }
}
