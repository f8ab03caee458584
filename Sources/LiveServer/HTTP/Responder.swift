import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Turns HTTP's requests into ours and our answers into HTTP's.
struct Responder: Sendable {
    /// The largest body: a twin's desired properties have 32 KB at most, and escapes make them longer.
    static let largestBody = 128 * 1024

    /// The request was refused by its head; what follows of it is not read.
    private struct RefusedWithBody: Error {}

    let logger: Logger
    /// Refuses a request by its head, before anything is kept of its body; nil lets it pass.
    let admit: @Sendable (LiveRequest) -> LiveAnswer?
    let answer: @Sendable (LiveRequest) async -> LiveAnswer

    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let port = channel.localAddress?.port ?? 0
        let head = LiveRequest(request, body: ByteBuffer(), port: port)
        let refusal = LoopbackHost.refusal(of: request.head.authority, port: port).map {
            LiveAnswer.text(status: 403, $0)
        }
        if let refusal = refusal ?? admit(head) {
            try await send(head.announcesBody ? refusal.closing : refusal, to: request, writer)
            if head.announcesBody { throw RefusedWithBody() }
            return
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.largestBody)
        } catch let error as NIOTooManyBytesError {
            let text = "the body has more than \(Self.largestBody / 1024) KB, which no twin can hold"
            try await send(LiveAnswer.text(status: 413, text).closing, to: request, writer)
            // What is left of it would be read in vain.
            throw error
        }
        let answer = await answer(LiveRequest(request, body: body, port: port))
        try await send(answer, to: request, writer)
    }

    private func send(_ answer: LiveAnswer, to request: Request, _ writer: consuming ResponseWriter) async throws {
        switch answer {
        case .whole(let status, let contentType, let more, let body):
            log(request, status)
            var head = HTTPResponse(status: .init(code: status), headerFields: fields(contentType, more))
            head.headerFields[.contentLength] = "\(body.count)"
            // A body after HEAD would be taken for the next answer.
            let sent = request.method == .head ? ByteBuffer() : ByteBuffer(bytes: body)
            try await writer.write(response: head, body: ResponseBody(byteBuffer: sent))
        case .events(let stream):
            log(request, 200)
            let head = HTTPResponse(status: .ok, headerFields: fields(ServerSentEvents.contentType, []))
            var body = try await writer.writeHead(head)
            for await data in stream {
                try await body.write(ByteBuffer(string: ServerSentEvents.message(data)))
            }
            try await body.finish(nil)
        }
    }

    private func fields(_ contentType: String, _ more: [(String, String)]) -> HTTPFields {
        var fields: HTTPFields = [
            .contentType: contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        let all = [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin")] + more
        for (name, value) in all {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        return fields
    }

    private func log(_ request: Request, _ status: Int) {
        // The path has no secrets; query, headers and body do, and are never logged.
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "status": "\(status)",
            ]
        )
    }
}

extension LiveRequest {
    fileprivate init(_ request: Request, body: ByteBuffer, port: Int) {
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters where query[String(name)] == nil {
            query[String(name)] = String(value)
        }
        self.init(
            method: request.method.rawValue,
            path: request.uri.path,
            query: query,
            headers: Headers(request.headers.map { ($0.name.canonicalName, $0.value) }),
            body: Array(buffer: body),
            port: port
        )
    }
}
