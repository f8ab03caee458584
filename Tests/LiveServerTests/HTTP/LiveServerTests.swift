import AsyncHTTPClient
import LiveServer
import NIOCore
import NIOHTTP1
import Testing

@Suite("The server on loopback", .timeLimit(.minutes(1)))
struct LiveServerTests {
    @Test("a request comes with method, path, decoded query, headers in whatever case, and body")
    func request() async throws {
        try await LiveServer.with { request in
            let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let parts = [request.method, request.path] + query + [request.headers["x-NAME"] ?? "none"]
            return .text(status: 200, (parts + [String(decoding: request.body, as: UTF8.self)]).joined(separator: "|"))
        } _: { _, client in
            let reply = try await client.send(
                "/a/b?q=tags.plant%20%3D%20'M%C3%BCnchen'&plus=a+b&q=second&empty",
                .PATCH,
                headers: ["X-Name": "value"],
                body: "body"
            )
            #expect(reply.status == 200)
            #expect(reply.body == "PATCH|/a/b|empty=|plus=a+b|q=tags.plant = 'München'|value|body\n")
        }
    }

    @Test("no answer is stored, sniffed or told of")
    func headers() async throws {
        try await LiveServer.with { _ in
            .whole(status: 201, contentType: "application/json", headers: [("X-More", "1")], body: Array("{}".utf8))
        } _: { _, client in
            let reply = try await client.send("/")
            #expect(reply.status == 201)
            #expect(reply.headers.first(name: "content-type") == "application/json")
            #expect(reply.headers.first(name: "cache-control") == "no-store")
            #expect(reply.headers.first(name: "x-content-type-options") == "nosniff")
            #expect(reply.headers.first(name: "referrer-policy") == "no-referrer")
            #expect(reply.headers.first(name: "cross-origin-resource-policy") == "same-origin")
            #expect(reply.headers.first(name: "x-more") == "1")
        }
    }

    @Test("HEAD gets the length and no body")
    func head() async throws {
        try await LiveServer.with { _ in
            .text(status: 200, "four")
        } _: { _, client in
            let reply = try await client.send("/", .HEAD)
            #expect(reply.headers.first(name: "content-length") == "5")
            #expect(reply.body.isEmpty)
            let next = try await client.send("/")
            #expect(next.body == "four\n")
        }
    }

    @Test(
        "another name that leads here is refused, whatever it asks for",
        arguments: ["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example", "[::1]"]
    )
    func foreignHost(host: String) async throws {
        try await LiveServer.with { _ in
            .text(status: 200, "secret")
        } _: { server, client in
            let reply = try await client.send("/", headers: ["Host": host])
            #expect(reply.status == 403)
            #expect(reply.body.contains("answers only as 127.0.0.1:\(server.port) or localhost:\(server.port)"))
            #expect(!reply.body.contains("secret"))
        }
    }

    @Test("localhost with the port is as good as the address")
    func localhost() async throws {
        try await LiveServer.with { _ in
            .text(status: 200, "yes")
        } _: { server, client in
            let reply = try await client.send("/", headers: ["Host": "LOCALHOST:\(server.port)"])
            #expect(reply.status == 200)
        }
    }

    @Test("a body that no twin can hold is refused")
    func largeBody() async throws {
        try await LiveServer.with { request in
            .text(status: 200, "\(request.body.count)")
        } _: { _, client in
            let largest = String(repeating: "x", count: 128 * 1024)
            let taken = try await client.send("/", .PATCH, body: largest)
            #expect(taken.body == "131072\n")
            let refused = try await client.send("/", .PATCH, body: largest + "x")
            #expect(refused.status == 413)
        }
    }

    @Test("a request that is refused by its head is not answered, and ends its connection when a body follows")
    func admission() async throws {
        try await LiveServer.with { request in
            request.path == "/no" ? .text(status: 418, "\(request.body.count) bytes") : nil
        } answer: { request in
            .text(status: 200, "answered \(request.path)")
        } _: { _, client in
            let passed = try await client.send("/yes", .PATCH, body: "body")
            #expect(passed.body == "answered /yes\n")
            let withBody = try await client.send("/no", .PATCH, body: "body")
            #expect(withBody.status == 418 && withBody.body == "0 bytes\n")
            #expect(withBody.headers.first(name: "connection") == "close")
            let without = try await client.send("/no")
            #expect(without.status == 418 && without.body == "0 bytes\n")
            #expect(without.headers.first(name: "connection") == nil)
        }
    }

    @Test("events arrive one by one, framed, and the answer ends with the stream")
    func events() async throws {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        try await LiveServer.with { _ in
            .events(stream)
        } _: { _, client in
            let response = try await client.begin("/")
            #expect(response.headers.first(name: "content-type") == "text/event-stream; charset=utf-8")
            var body = response.body.makeAsyncIterator()
            continuation.yield("one")
            let first = try await body.next()
            #expect(first.map { String(buffer: $0) } == "data: one\n\n")
            continuation.yield("two\nlines")
            let second = try await body.next()
            #expect(second.map { String(buffer: $0) } == "data: two\ndata: lines\n\n")
            continuation.finish()
            let end = try await body.next()
            #expect(end == nil)
        }
    }

    @Test("a stream learns that its reader has left")
    func readerLeaves() async throws {
        let (left, tell) = AsyncStream<Void>.makeStream()
        try await LiveServer.with { _ in
            .events(
                // A reader that does not keep up costs no memory.
                AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
                    let sending = Task {
                        while !Task.isCancelled {
                            continuation.yield(String(repeating: "x", count: 10_000))
                            await Task.yield()
                        }
                    }
                    continuation.onTermination = { _ in
                        sending.cancel()
                        tell.finish()
                    }
                }
            )
        } _: { _, client in
            let reading = Task {
                let response = try await client.begin("/")
                for try await _ in response.body { return }
            }
            _ = try await reading.value
            // Ends only when the stream was told; the suite's time limit would show it otherwise.
            for await _ in left {}
        }
    }

    private static func start(on port: Int) async throws -> LiveServer {
        try await LiveServer.start(port: port) { _ in
            .text(status: 200, "")
        }
    }

    @Test("stopping lets an answer under way end, cuts off what has no end, and frees the port")
    func stop() async throws {
        for _ in 0..<8 {
            let (endless, _) = AsyncStream<String>.makeStream()
            let server = try await LiveServer.start { _ in .events(endless) }
            let response = try await Client(port: server.port).begin("/")
            await server.stop(patience: .milliseconds(50))
            await #expect(throws: (any Error).self) { for try await _ in response.body {} }
            // Another program may be quicker; not each time.
            if let again = try? await Self.start(on: server.port) {
                #expect(again.port == server.port)
                await again.stop()
                return
            }
        }
        Issue.record("the port is never free again")
    }

    @Test("a start that is cancelled leaves no listener behind")
    func cancelledStart() async throws {
        for _ in 0..<8 {
            let first = try await Self.start(on: 0)
            let port = first.port
            await first.stop()
            let start = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await Self.start(on: port)
            }
            // It may have been quicker than the cancelling, or another program may have the port now.
            if let started = try? await start.value { await started.stop() }
            if let again = try? await Self.start(on: port) {
                await again.stop()
                return
            }
        }
        Issue.record("the port is never free again")
    }

    @Test("a port that another program has is told with the option that helps")
    func portInUse() async throws {
        try await LiveServer.with { _ in
            .text(status: 200, "")
        } _: { server, _ in
            let error = await #expect(throws: LiveServerError.self) {
                _ = try await LiveServer.start(port: server.port, option: "--metrics") { _ in
                    .text(status: 200, "")
                }
            }
            #expect(error?.reason == .portInUse)
            #expect(
                error?.description
                    == "port \(server.port) of 127.0.0.1 is in use; end the other program, or choose another "
                    + "port with --metrics (0 takes any free one)"
            )
        }
    }
}
