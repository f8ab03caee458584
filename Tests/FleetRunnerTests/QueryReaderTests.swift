import IoTHub
import TestKit
import Testing

@testable import FleetRunner
@testable import ServiceClient

@Suite("Reading a query's pages", .timeLimit(.minutes(1)))
struct QueryReaderTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    /// Reads a query from a server with these answers, each asked for once.
    private func read(
        _ answers: [ScriptedHTTPServer.Answer]
    ) async throws -> (Result<QueryAnswer, QueryCheck.Failure>, [ScriptedHTTPServer.Request]) {
        let server = try await ScriptedHTTPServer.start(answers: answers)
        var options = ServiceClientOptions()
        options.retryPolicy = .none
        let manager = RegistryManager(
            connection: try HubConnection.make(
                connectionString: "HostName=127.0.0.1:\(server.port);SharedAccessKeyName=p;SharedAccessKey=\(Self.key)",
                options: options,
                scheme: "http",
                clock: { 1_700_000_000 }
            )
        )
        let result: Result<QueryAnswer, QueryCheck.Failure>
        do throws(QueryCheck.Failure) {
            let reader = QueryReader(manager: manager, pageSize: 100, pagesPerSecond: 1000)
            result = .success(try await reader.read("SELECT * FROM devices"))
        } catch {
            result = .failure(error)
        }
        try await manager.close()
        try await server.stop()
        return (result, server.requests)
    }

    private func page(_ ids: [String], next: String? = nil) -> ScriptedHTTPServer.Answer {
        let rows = ids.map { #"{"deviceId":"\#($0)","properties":{"desired":{},"reported":{}}}"# }
        return .response(
            status: 200,
            headers: next.map { ["x-ms-item-type": "Twin", "x-ms-continuation": $0] } ?? ["x-ms-item-type": "Twin"],
            body: "[\(rows.joined(separator: ","))]"
        )
    }

    @Test("all pages make one answer, an empty one in between, too")
    func pages() async throws {
        let (result, requests) = try await read([page(["a", "b"], next: "2"), page([], next: "3"), page(["c"])])
        let answer = try result.get()
        #expect(answer.deviceIDs == ["a", "b", "c"] && answer.pages == 3)
        #expect(requests.map { $0.header("x-ms-continuation") } == [nil, "2", "3"])
        #expect(requests.map { $0.header("x-ms-max-item-count") } == ["100", "100", "100"])
    }

    @Test("a query that the hub does not take is told with the hub's words, and final")
    func refused() async throws {
        let (result, _) = try await read([
            .response(status: 400, body: #"{"Message":"ErrorCode:ArgumentInvalid;found 'plnt' at line 1, column 29"}"#)
        ])
        let failure = #expect(throws: QueryCheck.Failure.self) { try result.get() }
        #expect(failure?.words.contains("400 ArgumentInvalid: found 'plnt' at line 1, column 29") == true)
        #expect(failure?.summary == "the hub answered 400 ArgumentInvalid")
        #expect(failure?.isFinal == true)
    }

    @Test("a hub that throttles or breaks down may answer later", arguments: [429, 500, 503])
    func temporary(_ status: Int) async throws {
        let (result, _) = try await read([page(["a"], next: "2"), .response(status: status)])
        let failure = #expect(throws: QueryCheck.Failure.self) { try result.get() }
        #expect(failure?.isFinal == false, "\(String(describing: failure))")
    }

    @Test("a connection that is lost may come back")
    func lost() async throws {
        let (result, _) = try await read([.close])
        let failure = #expect(throws: QueryCheck.Failure.self) { try result.get() }
        #expect(failure?.isFinal == false, "\(String(describing: failure))")
    }
}
