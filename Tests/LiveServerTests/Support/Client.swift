import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1

@testable import LiveServer

/// Asks a server on loopback.
struct Client {
    struct Reply {
        var status: Int
        var headers: HTTPHeaders
        var body: String
    }

    let port: Int

    /// Sends a request and waits for the whole answer.
    func send(
        _ target: String,
        _ method: HTTPMethod = .GET,
        headers: HTTPHeaders = [:],
        body: String? = nil
    ) async throws -> Reply {
        let response = try await begin(target, method, headers: headers, body: body)
        return Reply(
            status: Int(response.status.code),
            headers: response.headers,
            body: String(buffer: try await response.body.collect(upTo: 4 * 1024 * 1024))
        )
    }

    /// Sends a request and returns with the head of the answer.
    func begin(
        _ target: String,
        _ method: HTTPMethod = .GET,
        headers: HTTPHeaders = [:],
        body: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(target)")
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    }
}

extension LiveServer {
    /// Starts a server that lets all requests pass unless told otherwise.
    static func start(
        port: Int = 0,
        option: String = "--page-port",
        admit: @escaping @Sendable (LiveRequest) -> LiveAnswer? = { _ in nil },
        answer: @escaping @Sendable (LiveRequest) async -> LiveAnswer
    ) async throws(LiveServerError) -> LiveServer {
        try await start(port: port, option: option, logger: .silent, admit: admit, answer: answer)
    }

    /// Runs a body with a server that is stopped afterwards.
    static func with<Result: Sendable>(
        admit: @escaping @Sendable (LiveRequest) -> LiveAnswer? = { _ in nil },
        answer: @escaping @Sendable (LiveRequest) async -> LiveAnswer,
        _ body: (LiveServer, Client) async throws -> Result
    ) async throws -> Result {
        let server = try await start(admit: admit, answer: answer)
        do {
            let result = try await body(server, Client(port: server.port))
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
