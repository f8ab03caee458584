import AsyncHTTPClient
import IoTHub
import NIOCore

/// Reads a stream of events whose data is JSON.
struct Events {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(_ response: HTTPClientResponse) { body = response.body.makeAsyncIterator() }

    /// The next message that fits; nil when the stream has ended.
    mutating func next(where fits: (JSON) -> Bool = { _ in true }) async throws -> JSON? {
        while true {
            while let end = text.firstRange(of: "\n\n") {
                let message = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                let json = try JSON(parsing: String(message.dropFirst("data: ".count)))
                if fits(json) { return json }
            }
            guard let chunk = try await body.next() else { return nil }
            text += String(buffer: chunk)
        }
    }
}
