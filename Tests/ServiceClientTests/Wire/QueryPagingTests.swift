import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// How a query goes from page to page.
@Suite(.timeLimit(.minutes(1))) struct QueryPagingTests {
    private static let sql = "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"

    private func page(_ ids: [String], type: String? = "Twin", next: String? = nil) -> ScriptedHTTPServer.Answer {
        let rows = ids.map {
            #"{"deviceId":"\#($0)","properties":{"desired":{"$version":1},"reported":{"$version":1}}}"#
        }
        var headers: [String: String] = [:]
        headers["x-ms-item-type"] = type
        headers["x-ms-continuation"] = next
        return .response(status: 200, headers: headers, body: "[\(rows.joined(separator: ","))]")
    }

    @Test("the page size and the hub's token go into headers, the text into the body")
    func pages() async throws {
        try await ScriptedHub.with([page(["a", "b"], next: "t/1="), page([], next: "t2"), page(["c"])]) {
            manager,
            server in
            let query = manager.createQuery(Self.sql, pageSize: 2)
            #expect(query.hasMoreResults)
            let first = try await query.nextAsTwin()
            #expect(first.map(\.deviceID) == ["a", "b"])
            #expect(first.continuationToken == "t/1=")
            #expect(query.hasMoreResults)
            #expect(try await query.nextAsTwin().isEmpty)
            #expect(query.hasMoreResults)
            let last = try await query.nextAsTwin()
            #expect(last.map(\.deviceID) == ["c"])
            #expect(last.continuationToken == nil)
            #expect(!query.hasMoreResults)
            #expect(try await query.nextAsTwin().isEmpty)

            #expect(server.requests.map(\.method) == ["POST", "POST", "POST"])
            #expect(Set(server.requests.map(\.uri)) == ["/devices/query?api-version=2021-04-12"])
            #expect(Set(server.requests.map { $0.header("x-ms-max-item-count") }) == ["2"])
            #expect(server.requests.map { $0.header("x-ms-continuation") } == [nil, "t/1=", "t2"])
            for request in server.requests {
                #expect(try JSON(parsing: request.body) == ["query": .string(Self.sql)])
            }
        }
    }

    @Test("all rows come in one loop, over empty pages, too")
    func sequences() async throws {
        let answers = [page(["a"], next: "1"), page([], next: "2"), page(["b", "c"], next: ""), page(["d"])]
        try await ScriptedHub.with(answers) { manager, server in
            var ids: [String] = []
            for try await twin in manager.createQuery(Self.sql).twins { ids.append(twin.deviceID) }
            #expect(ids == ["a", "b", "c"])
            #expect(server.requests.map { $0.header("x-ms-max-item-count") } == [nil, nil, nil])
            var rows: [JSON?] = []
            for try await row in manager.createQuery(Self.sql).rows { rows.append(row["deviceId"]) }
            #expect(rows == ["d"])
        }
    }

    @Test("a token goes on where another query stopped")
    func token() async throws {
        try await ScriptedHub.with([page(["c"], next: "t2"), page(["d"])]) { manager, server in
            let query = manager.createQuery(Self.sql)
            let page = try await query.nextAsTwin(continuationToken: "t1")
            #expect(page.map(\.deviceID) == ["c"])
            #expect(try await query.nextAsTwin().map(\.deviceID) == ["d"])
            #expect(server.requests.map { $0.header("x-ms-continuation") } == ["t1", "t2"])
        }
    }

    @Test("rows that are no twins are refused as twins with advice, and can be read as JSON afterwards")
    func projection() async throws {
        let raw = ScriptedHTTPServer.Answer.response(
            status: 200,
            headers: ["x-ms-item-type": "Raw"],
            body: #"[{"n":12}]"#
        )
        try await ScriptedHub.with([raw, raw]) { manager, _ in
            let query = manager.createQuery("SELECT COUNT() AS n FROM devices")
            let error = await #expect(throws: ServiceClientError.self) { try await query.nextAsTwin() }
            #expect(error?.reason == .invalidArgument)
            #expect(
                error?.message == "the rows of \"SELECT COUNT() AS n FROM devices\" are not twins "
                    + "(the hub calls them Raw); read them as JSON, or select * from devices"
            )
            let page = try await query.nextAsJSON()
            #expect(page.rows == [["n": 12]])
        }
    }

    @Test("a page is asked for again after a lost connection, 500 and 429")
    func repeated() async throws {
        let answers: [ScriptedHTTPServer.Answer] = [
            .close, .response(status: 500), .response(status: 429, headers: ["Retry-After": "0"]), page(["a"]),
        ]
        try await ScriptedHub.with(answers, attempts: 4) { manager, server in
            let query = manager.createQuery(Self.sql)
            let page = try await query.nextAsTwin()
            #expect(page.map(\.deviceID) == ["a"])
            #expect(server.requests.count == 4)
        }
    }

    @Test("a page that failed or is not understood can be asked for again")
    func failedPage() async throws {
        let answers: [ScriptedHTTPServer.Answer] = [
            page(["a"], next: "t1"), .response(status: 503), .response(status: 200, body: "{}"),
            .response(status: 200, body: "[{}]"), page(["b"]),
        ]
        try await ScriptedHub.with(answers) { manager, server in
            let query = manager.createQuery(Self.sql)
            _ = try await query.nextAsTwin()
            for reason in [ServiceClientError.Reason.refused, .unreadableAnswer, .unreadableAnswer] {
                let error = await #expect(throws: ServiceClientError.self) { try await query.nextAsTwin() }
                #expect(error?.reason == reason)
                #expect(query.hasMoreResults)
            }
            #expect(try await query.nextAsTwin().map(\.deviceID) == ["b"])
            #expect(server.requests.map { $0.header("x-ms-continuation") } == [nil, "t1", "t1", "t1", "t1"])
        }
    }

    @Test("a cancelled task ends its page, and the query can go on; a second page at a time is refused")
    func cancellation() async throws {
        try await ScriptedHub.with([.silence, page(["a"])]) { manager, server in
            let query = manager.createQuery(Self.sql)
            let call = Task { try await query.nextAsTwin() }
            _ = await server.nextRequest()
            let error = await #expect(throws: ServiceClientError.self) { try await query.nextAsTwin() }
            #expect(error?.message.contains("fetching a page already") == true)
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            let page = try await query.nextAsTwin()
            #expect(page.map(\.deviceID) == ["a"])
        }
    }

    @Test("a page size below 1 is refused here")
    func pageSize() async throws {
        try await ScriptedHub.with([]) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) {
                try await manager.createQuery(Self.sql, pageSize: 0).nextAsTwin()
            }
            #expect(error?.reason == .invalidArgument)
            #expect(server.requests.isEmpty)
        }
    }
}
