import IoTHub
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import LocalHub

@Suite("The handler of an HTTPS connection")
struct ServiceHandlerTests {
    let bench = ServiceBench()

    private func connection() throws -> EmbeddedChannel {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return EmbeddedChannel(handler: ServiceHandler(api: bench.api, logger: logger))
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: String, on channel: EmbeddedChannel) throws {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: "\(path)?api-version=2021-04-12")
        head.headers.add(name: "authorization", value: try bench.token())
        _ = try channel.writeInbound(HTTPServerRequestPart.head(head))
        _ = try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: body)))
        _ = try channel.writeInbound(HTTPServerRequestPart.end(nil))
    }

    /// The status and the body of the answer that has come; nil when none has.
    private func answer(on channel: EmbeddedChannel) throws -> (status: UInt, body: String)? {
        var status: UInt?
        var body = ""
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            switch part {
            case .head(let head): status = head.status.code
            case .body(.byteBuffer(let bytes)): body += String(buffer: bytes)
            case .body, .end: break
            }
        }
        return status.map { ($0, body) }
    }

    @Test("a query is not done on the connection's event loop, which serves others meanwhile")
    func elsewhere() throws {
        try bench.addFleet(2)
        let asking = try connection()
        let other = try connection()
        try send(.POST, "/devices/query", #"{"query":"SELECT COUNT() AS n FROM devices"}"#, on: asking)
        asking.embeddedEventLoop.run()
        #expect(try answer(on: asking) == nil)
        try send(.GET, "/twins/d0001", "", on: other)
        #expect(try answer(on: other)?.status == 200)
        bench.background.runAll()
        #expect(try answer(on: asking) == nil, "the answer goes over the loop")
        asking.embeddedEventLoop.run()
        let reply = try #require(try answer(on: asking))
        #expect(reply.status == 200)
        #expect(reply.body == #"[{"n":2}]"#)
        _ = try asking.finish()
        _ = try other.finish()
    }

    @Test(
        "what may hold a hundred twins or a million devices is not done on the event loop",
        arguments: [(HTTPMethod.POST, "/devices"), (.POST, "/jobs/v2/j/cancel")]
    )
    func large(_ method: HTTPMethod, _ path: String) throws {
        let channel = try connection()
        try send(method, path, "[]", on: channel)
        #expect(try answer(on: channel) == nil)
        bench.background.runAll()
        channel.embeddedEventLoop.run()
        #expect(try answer(on: channel) != nil)
        _ = try channel.finish()
    }

    @Test("what may take long is done elsewhere, all else where it arrives", arguments: ServiceOperation.allCases)
    func long(_ operation: ServiceOperation) throws {
        let pattern = try #require(Route.Pattern.all.first { $0.operation == operation })
        let channel = try connection()
        let path = "/" + pattern.path.map { $0 ?? "x" }.joined(separator: "/")
        try send(HTTPMethod(rawValue: pattern.method), path, "", on: channel)
        #expect(try (answer(on: channel) == nil) == operation.isLong)
        bench.background.runAll()
        channel.embeddedEventLoop.run()
        #expect(try (answer(on: channel) != nil) == operation.isLong)
        _ = try channel.finish()
    }

    @Test("when too much waits already a query is refused as throttled")
    func full() throws {
        let channel = try connection()
        bench.background.fill()
        try send(.POST, "/devices/query", #"{"query":"SELECT * FROM devices"}"#, on: channel)
        let reply = try #require(try answer(on: channel))
        #expect(reply.status == 429)
        #expect(reply.body.contains("ThrottleBacklogLimitExceeded"))
        #expect(reply.body.contains("bulk requests"))
        _ = try channel.finish()
    }

    @Test("a connection that is gone when its answer is ready does no harm")
    func gone() throws {
        let channel = try connection()
        try send(.GET, "/devices", "", on: channel)
        _ = try channel.finish()
        bench.background.runAll()
        channel.embeddedEventLoop.run()
        #expect(try answer(on: channel) == nil)
    }
}
