/// The answer to a ``LiveRequest``.
public enum LiveAnswer: Sendable {
    /// An answer that is known as a whole. `Content-Length` and what all answers of a ``LiveServer`` carry is added.
    case whole(status: Int, contentType: String, headers: [(String, String)], body: [UInt8])
    /// Server-sent events: each text becomes the data of one message. The answer ends with the stream; when the client leaves
    /// or the server stops, the stream's reader is cancelled.
    case events(AsyncStream<String>)

    /// The same, telling that the connection ends with it.
    var closing: LiveAnswer {
        guard case .whole(let status, let contentType, let headers, let body) = self else { return self }
        return .whole(
            status: status,
            contentType: contentType,
            headers: headers + [("Connection", "close")],
            body: body
        )
    }

    /// Plain text in one piece.
    public static func text(status: Int, _ text: String, headers: [(String, String)] = []) -> LiveAnswer {
        let body = Array((text + "\n").utf8)
        return .whole(status: status, contentType: "text/plain; charset=utf-8", headers: headers, body: body)
    }
}
