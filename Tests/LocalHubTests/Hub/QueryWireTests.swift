import IoTHub
import TestKit
import Testing
import TwinQuery

@testable import LocalHub

@Suite("Queries, jobs and statistics on the wire", .timeLimit(.minutes(2)))
struct QueryWireTests {
    /// An answer's head in lower case, and its body.
    private struct Answer {
        var head: String
        var body: JSON

        init(_ text: String) throws {
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            head = parts[0] + "\r\n"
            body = try JSON(parsing: parts.count > 1 ? String(parts[1]) : "")
        }

        /// The value of a header field.
        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n") {
                let sides = line.split(separator: ":", maxSplits: 1)
                if sides.count == 2, sides[0].lowercased() == name {
                    return String(sides[1].drop { $0 == " " })
                }
            }
            return nil
        }
    }

    private func send(
        _ test: TestHub,
        _ line: String,
        _ body: String = "",
        fields: [String] = [],
        policy: String = "iothubowner"
    ) async throws -> Answer {
        let key = try #require(test.hub.registry.policies[policy]?.primaryKey)
        let token = try SharedAccessSignature.create(
            resource: "localhost",
            key: key,
            expiry: HubTimestamp.now().secondsSinceEpoch + 600,
            policy: policy
        ).token
        let head =
            ["\(line) HTTP/1.1", "Host: localhost", "Authorization: \(token)", "Connection: close"] + fields
            + ["Content-Length: \(body.utf8.count)"]
        let text = try await RawClient(hub: test.hub).exchange(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try Answer(text)
    }

    @Test("a query's pages are asked for and told by headers")
    func headers() async throws {
        try await TestHub.with { test in
            for number in 0..<5 { _ = try test.addDevice("d\(number)") }
            let line = "POST /devices/query?api-version=2021-04-12"
            let body = #"{"query":"SELECT * FROM devices"}"#
            let first = try await send(test, line, body, fields: ["x-ms-max-item-count: 3"])
            #expect(first.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(first.field("content-type") == "application/json; charset=utf-8")
            #expect(first.field("x-ms-item-type") == "Twin")
            #expect((first.body.arrayValue ?? []).ids == ["d0", "d1", "d2"])
            let token = try #require(first.field("x-ms-continuation"))
            let second = try await send(
                test,
                line,
                body,
                fields: ["X-MS-MAX-ITEM-COUNT: 3", "X-MS-CONTINUATION: \(token)"]
            )
            #expect((second.body.arrayValue ?? []).ids == ["d3", "d4"])
            #expect(second.field("x-ms-continuation") == nil)
            let raw = try await send(test, line, #"{"query":"SELECT COUNT() AS n FROM devices"}"#)
            #expect(raw.field("x-ms-item-type") == "Raw")
            #expect(raw.body == [["n": 5]])
            let bad = try await send(test, line, #"{"query":"SELECT"}"#)
            #expect(bad.head.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(bad.field("iothub-errorcode") == "ArgumentInvalid")
            #expect(bad.field("x-ms-item-type") == nil)
        }
    }

    @Test("a query on a connection that is kept is answered before the request behind it")
    func pipelined() async throws {
        try await TestHub.with { test in
            for number in 0..<300 { _ = try test.addDevice("d\(number)") }
            let key = try #require(test.hub.registry.policies["iothubowner"]?.primaryKey)
            let token = try SharedAccessSignature.create(
                resource: "localhost",
                key: key,
                expiry: HubTimestamp.now().secondsSinceEpoch + 600,
                policy: "iothubowner"
            ).token
            let body = #"{"query":"SELECT COUNT() AS n FROM devices"}"#
            let common = "Host: localhost\r\nAuthorization: \(token)\r\n"
            let query =
                "POST /devices/query?api-version=2021-04-12 HTTP/1.1\r\n\(common)Content-Length: \(body.count)\r\n\r\n"
                + body
            let last = "GET /twins/d7?api-version=2021-04-12 HTTP/1.1\r\n\(common)Connection: close\r\n\r\n"
            let text = try await RawClient(hub: test.hub).exchange(query + query + last)
            #expect(text.firstMatch(of: /(?s)\[\{"n":300\}\].*\[\{"n":300\}\].*\{"deviceId":"d7"/) != nil)
        }
    }

    @Test("a job runs by itself, and its listing says what it is")
    func job() async throws {
        try await TestHub.with { test in
            for number in 0..<100 { _ = try test.addDevice("d\(number)") }
            let body = #"{"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"a":1}},"queryCondition":"*"}"#
            let path = "/jobs/v2/j?api-version=2021-04-12"
            #expect(try await send(test, "PUT \(path)", body).body["status"] == "queued")
            var job: JSON = nil
            repeat {
                job = try await send(test, "GET \(path)").body
            } while job["status"] == "running" || job["status"] == "queued"
            #expect(job["status"] == "completed")
            #expect(job["deviceJobStatistics"]?["succeededCount"] == 100)
            #expect(try test.hub.registry.twin(of: "d99").twin.tags == ["a": 1])
            let list = try await send(test, "GET /jobs/v2/query?api-version=2021-04-12&jobStatus=completed")
            #expect(list.field("x-ms-item-type") == "JobResponse")
            #expect(list.body.arrayValue?.count == 1)
        }
    }

    @Test("a hub with a job that waits stops at once")
    func waitingJob() async throws {
        try await TestHub.with { test in
            let body =
                #"{"type":"scheduleUpdateTwin","updateTwin":{"etag":"*"},"queryCondition":"*","#
                + #""startTime":"2999-01-01T00:00:00Z"}"#
            _ = try await send(test, "PUT /jobs/v2/j?api-version=2021-04-12", body)
            let job = try await send(test, "GET /jobs/v2/j?api-version=2021-04-12").body
            #expect(job["status"] == "scheduled")
        }
    }

    @Test("a hub has the policies that it was given, and with them what they allow")
    func policies() async throws {
        let policy = try CustomPolicy(parsing: "backend=registryRead,serviceConnect")
        try await TestHub.with(configure: { $0.policies = [policy] }) { test in
            _ = try test.addDevice("d")
            #expect(test.hub.policyNames.last == "backend")
            #expect(try ConnectionString(parsing: test.hub.connectionString(policy: "backend")).host == "localhost")
            let statistics = try await send(
                test,
                "GET /statistics/devices?api-version=2021-04-12",
                policy: "backend"
            )
            #expect(statistics.body["totalDeviceCount"] == 1)
            let refused = try await send(test, "DELETE /devices/d?api-version=2021-04-12", policy: "backend")
            #expect(refused.head.hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test("a hub that cannot have its policies does not start")
    func badPolicies() async throws {
        let policy = try CustomPolicy(parsing: "service=registryRead")
        let error = await #expect(throws: LocalHubError.self) {
            try await TestHub.with(configure: { $0.policies = [policy] }) { _ in }
        }
        #expect(error?.reason == .badPolicy)
        #expect(error?.description.contains("'service'") == true)
    }

    @Test("a hub in superset mode takes more of the language")
    func superset() async throws {
        let body = #"{"query":"SELECT deviceId FROM devices WHERE CONTAINS(deviceId, 'd')"}"#
        for (mode, status) in [(QueryMode.strict, "400"), (.superset, "200")] {
            try await TestHub.with(configure: { $0.queryMode = mode }) { test in
                _ = try test.addDevice("d")
                let answer = try await send(test, "POST /devices/query?api-version=2021-04-12", body)
                #expect(answer.head.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }
}
