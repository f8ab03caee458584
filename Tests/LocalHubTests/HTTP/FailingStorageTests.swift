import IoTHub
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import LocalHub

@Suite("Answers over HTTPS while the storage fails", .timeLimit(.minutes(1)))
struct FailingStorageTests {
    private let store = ScriptedStore(holds: true)
    private let journal: Journal
    private let bench: ServiceBench

    init() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        journal = Journal(store: store, logger: logger, firstPause: 1)
        bench = ServiceBench(journal: journal)
    }

    private struct Request {
        var method = HTTPMethod.GET
        var path: String
        var body = ""
    }

    private func durability() async -> Result<Void, IoTHubError> {
        await withCheckedContinuation { continuation in
            bench.registry.whenDurable { continuation.resume(returning: $0) }
        }
    }

    /// Makes a device that is durable, and one and a value that are in memory only.
    private func breakStorage() async throws {
        try bench.registry.createDevice(Device(id: "d"))
        store.permit()
        try await durability().get()
        store.fail(.max)
        try bench.registry.patchTwin("d", with: TwinWrite(tags: ["n": 7777]))
        // The commit is held, so this is still admitted.
        try bench.registry.createDevice(Device(id: "undurable"))
        store.permit()
        let outcome = await durability()
        #expect(throws: IoTHubError.self) { try outcome.get() }
    }

    private func end() async {
        store.open()
        await journal.close()
    }

    private func reply(to request: Request, token: String? = nil) throws -> (status: UInt, body: String) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let channel = EmbeddedChannel(handler: ServiceHandler(api: bench.api, logger: logger))
        let uri = request.path + "?api-version=2021-04-12"
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: uri)
        head.headers.add(name: "authorization", value: try token ?? bench.token())
        _ = try channel.writeInbound(HTTPServerRequestPart.head(head))
        _ = try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: request.body)))
        _ = try channel.writeInbound(HTTPServerRequestPart.end(nil))
        bench.background.runAll()
        channel.embeddedEventLoop.run()
        var reply: (status: UInt, body: String) = (0, "")
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            switch part {
            case .head(let head): reply.status = head.status.code
            case .body(.byteBuffer(let bytes)): reply.body += String(buffer: bytes)
            case .body, .end: break
            }
        }
        _ = try channel.finish()
        return reply
    }

    @Test("no read shows what may not last, nor that it is there")
    func reads() async throws {
        try await breakStorage()
        let requests = [
            Request(path: "/twins/d"), Request(path: "/devices/d"), Request(path: "/devices"),
            Request(path: "/devices/undurable"), Request(path: "/twins/unknown"), Request(path: "/statistics/devices"),
            Request(method: .POST, path: "/devices/query", body: #"{"query":"SELECT * FROM devices"}"#),
        ]
        for request in requests {
            let reply = try reply(to: request)
            #expect(reply.status == 503, "\(request.path)")
            #expect(reply.body.contains("nothing can be read"))
            #expect(!reply.body.contains("7777"))
        }
        #expect(try reply(to: Request(path: "/twins/d"), token: "none").status == 401)
        await end()
    }

    @Test("all writes are refused with 503, and nothing is written: single ones, bulk and jobs")
    func writes() async throws {
        try await breakStorage()
        let job = #"""
            {"jobId":"j","type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"m":1}},"queryCondition":"*"}
            """#
        let requests = [
            Request(method: .PATCH, path: "/twins/d", body: #"{"tags":{"m":1}}"#),
            Request(method: .PUT, path: "/devices/undurable", body: #"{"deviceId":"undurable"}"#),
            Request(method: .DELETE, path: "/devices/d"),
            Request(method: .POST, path: "/devices", body: #"[{"id":"e","importMode":"create"}]"#),
            Request(method: .PUT, path: "/jobs/v2/j", body: job),
        ]
        for request in requests {
            let reply = try reply(to: request)
            #expect(reply.status == 503, "\(request.path)")
            #expect(reply.body.contains("nothing was written"))
        }
        #expect(bench.registry.devices().map(\.id) == ["d", "undurable"])
        #expect(try bench.registry.twin(of: "d").twin.tags == ["n": 7777])
        #expect(try reply(to: Request(path: "/jobs/v2/j")).status == 404)
        await end()
    }

    @Test("jobs, which are never kept, can be read and cancelled all the same")
    func jobs() async throws {
        let job = #"""
            {"jobId":"j","type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"m":1}},"queryCondition":"*",
            "startTime":"2023-11-15T00:00:00Z"}
            """#
        #expect(try reply(to: Request(method: .PUT, path: "/jobs/v2/j", body: job)).status == 200)
        try await breakStorage()
        #expect(try reply(to: Request(path: "/jobs/v2/j")).status == 200)
        #expect(try reply(to: Request(method: .POST, path: "/jobs/v2/j/cancel")).status == 200)
        await end()
    }
}
