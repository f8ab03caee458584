import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// What jobs send, and how they are read.
@Suite(.timeLimit(.minutes(1))) struct JobTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let receipt = #"{"jobId":"j 1","type":"scheduleUpdateTwin","status":"queued"}"#
    private static let job = """
        {"jobId":"j 1","queryCondition":"*","createdTime":"2024-05-06T07:08:09Z","startTime":"2024-05-06T07:08:10Z",\
        "endTime":null,"maxExecutionTimeInSeconds":60,"type":"scheduleUpdateTwin","status":"running",\
        "deviceJobStatistics":{"deviceCount":5,"failedCount":1,"succeededCount":2,"runningCount":1,"pendingCount":1}}
        """

    private func with(
        _ answers: [ScriptedHTTPServer.Answer],
        _ body: (JobClient, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let server = try await ScriptedHTTPServer.start(answers: answers)
        var options = ServiceClientOptions()
        options.retryPolicy = .none
        let client = JobClient(
            connection: try HubConnection.make(
                connectionString: "HostName=127.0.0.1:\(server.port);SharedAccessKeyName=p;SharedAccessKey=\(Self.key)",
                options: options,
                scheme: "http",
                clock: { 1_700_000_000 }
            )
        )
        do {
            try await body(client, server)
        } catch {
            try await client.close()
            try await server.stop()
            throw error
        }
        try await client.close()
        try await server.stop()
    }

    @Test("a twin update is scheduled with the star that jobs must have")
    func schedule() async throws {
        try await with([.response(status: 200, body: Self.receipt)]) { client, server in
            let job = try await client.scheduleTwinUpdate(
                jobID: "j 1",
                queryCondition: "tags.location.plant = 'Redmond43'",
                twin: Twin(tags: ["t": nil], desired: ["speed": 5]),
                startTime: HubTimestamp(parsing: "2024-05-06T07:08:09Z"),
                maxExecutionTime: .seconds(60)
            )
            #expect(job.status == .queued)
            #expect(job.deviceJobStatistics == nil)
            let request = try #require(server.requests.first)
            #expect(request.method == "PUT")
            #expect(request.uri == "/jobs/v2/j%201?api-version=2021-04-12")
            #expect(request.header("if-match") == nil)
            #expect(
                try JSON(parsing: request.body) == [
                    "jobId": "j 1", "type": "scheduleUpdateTwin",
                    "updateTwin": ["etag": "*", "tags": ["t": nil], "properties": ["desired": ["speed": 5]]],
                    "queryCondition": "tags.location.plant = 'Redmond43'", "startTime": "2024-05-06T07:08:09Z",
                    "maxExecutionTimeInSeconds": 60,
                ]
            )
        }
    }

    @Test("a job is read and cancelled")
    func readAndCancel() async throws {
        let over = #"{"jobId":"j 1","type":"export","status":"cancelled"}"#
        try await with([.response(status: 200, body: Self.job), .response(status: 200, body: over)]) { client, server in
            let job = try await client.getJob("j 1")
            #expect(job.type == .scheduleUpdateTwin)
            #expect(job.status == .running)
            #expect(!job.status.isOver)
            #expect(job.startTime?.description == "2024-05-06T07:08:10Z")
            #expect(job.endTime == nil)
            #expect(job.maxExecutionTime == .seconds(60))
            #expect(job.deviceJobStatistics?.deviceCount == 5)
            #expect(job.deviceJobStatistics?.succeededCount == 2)
            let cancelled = try await client.cancelJob("j 1")
            #expect(cancelled.type == .unknown)
            #expect(cancelled.status.isOver)
            #expect(server.requests.map(\.method) == ["GET", "POST"])
            #expect(server.requests.last?.uri == "/jobs/v2/j%201/cancel?api-version=2021-04-12")
        }
    }

    @Test("what cannot be is not sent; what is no job is an error")
    func refused() async throws {
        try await with([.response(status: 200, body: "{}")]) { client, server in
            let bad = await #expect(throws: ServiceClientError.self) {
                try await client.scheduleTwinUpdate(jobID: "j", queryCondition: "*", twin: Twin(tags: ["a.b": 1]))
            }
            #expect(bad?.path == "tags")
            let short = await #expect(throws: ServiceClientError.self) {
                try await client.scheduleTwinUpdate(
                    jobID: "j",
                    queryCondition: "*",
                    twin: Twin(tags: ["a": 1]),
                    maxExecutionTime: .milliseconds(500)
                )
            }
            #expect(short?.reason == .invalidArgument)
            let empty = await #expect(throws: ServiceClientError.self) {
                try await client.scheduleTwinUpdate(jobID: "j", queryCondition: "*", twin: Twin())
            }
            #expect(empty?.message.contains("nothing to write") == true)
            #expect(server.requests.isEmpty)
            let unreadable = await #expect(throws: ServiceClientError.self) { _ = try await client.getJob("j") }
            #expect(unreadable?.reason == .unreadableAnswer)
        }
    }
}
