import IoTHub
import Testing
import TwinQuery

@testable import LocalHub

@Suite("The service API: jobs")
struct JobTests {
    let bench = ServiceBench()

    /// A job's body with members put in place of the usual ones; null takes one away.
    private func body(_ changes: JSONObject = [:]) -> String {
        var job: JSONObject = [
            "jobId": "j", "type": "scheduleUpdateTwin",
            "updateTwin": ["etag": "*", "tags": ["job": 1], "properties": ["desired": ["fan": 7]]],
            "queryCondition": "tags.location.plant = 'Redmond43'", "maxExecutionTimeInSeconds": 60,
        ]
        for (name, value) in changes { job[name] = value.isNull ? nil : value }
        return job.text
    }

    @discardableResult
    private func put(_ id: String = "j", _ changes: JSONObject = [:]) throws -> ServiceBench.Reply {
        try bench.send("PUT", "/jobs/v2/\(id)", body((["jobId": .string(id)] as JSONObject).merging(changes)))
    }

    private func job(_ id: String = "j") throws -> JSON { try bench.send("GET", "/jobs/v2/\(id)").json }

    @Test("a job updates the twins that meet its condition, and no others")
    func update() throws {
        try bench.addFleet(300)
        let reply = try put()
        #expect(reply.status == 200)
        #expect(reply.json == ["jobId": "j", "type": "scheduleUpdateTwin", "status": "queued"])
        #expect(try job()["status"] == "queued")
        bench.background.runAll()
        let done = try job()
        #expect(done["status"] == "completed")
        #expect(
            done["deviceJobStatistics"] == [
                "deviceCount": 150, "failedCount": 0, "succeededCount": 150, "runningCount": 0, "pendingCount": 0,
            ]
        )
        #expect(done["queryCondition"] == "tags.location.plant = 'Redmond43'")
        #expect(done["createdTime"] == "2023-11-14T22:13:20Z")
        #expect(done["endTime"] == "2023-11-14T22:13:20Z")
        #expect(done["maxExecutionTimeInSeconds"] == 60)
        for number in 0..<300 {
            let twin = try bench.registry.twin(of: ServiceBench.id(number)).twin
            #expect(twin.desired.values == (number % 2 == 0 ? ["fan": 7] : [:]))
            #expect(twin.tags["job"] == (number % 2 == 0 ? 1 : nil))
            #expect(twin.tags["n"] == .integer(Int64(number)), "it is a merge")
        }
    }

    @Test("a job works in small steps, between which its progress can be seen")
    func steps() throws {
        try bench.addFleet(300)
        try put("j", ["queryCondition": "*"])
        var seen: [Int64] = []
        while bench.background.step() {
            seen.append(try #require(try job()["deviceJobStatistics"]?["succeededCount"]?.integerValue))
        }
        #expect(seen == seen.sorted())
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 - $0 <= 64 })
        #expect(seen.last == 300)
    }

    @Test("a job with a start time waits for it")
    func schedule() throws {
        try bench.addFleet(2)
        // Two hours from the bench's time, without a zone, as Python writes it.
        try put("j", ["startTime": "2023-11-15T00:13:20.500000"])
        bench.background.runAll()
        #expect(try job()["status"] == "scheduled")
        #expect(try job()["startTime"] == "2023-11-15T00:13:20.5000000Z")
        bench.advance(seconds: 7200)
        bench.background.runAll()
        #expect(try job()["status"] == "scheduled")
        bench.advance(seconds: 1)
        bench.background.runAll()
        #expect(try job()["status"] == "completed")
        #expect(try job()["startTime"] == "2023-11-15T00:13:21Z")
        try put("past", ["startTime": "2001-01-01T00:00:00Z"])
        bench.background.runAll()
        #expect(try job("past")["status"] == "completed")
    }

    @Test("devices that cannot take the change are counted, and say why in devices.jobs")
    func failures() throws {
        try bench.addFleet(4)
        let big = String(repeating: "x", count: 4000)
        try bench.registry.patchTwin("d0002", with: TwinWrite(tags: ["x": .string(big), "y": .string(big)]))
        try put("j", ["updateTwin": ["etag": "*", "tags": ["z": .string(big)]], "queryCondition": "*"])
        bench.background.runAll()
        #expect(try job()["status"] == "completed")
        #expect(try job()["deviceJobStatistics"]?["succeededCount"] == 3)
        #expect(try job()["deviceJobStatistics"]?["failedCount"] == 1)
        let rows = try bench.query("SELECT * FROM devices.jobs WHERE devices.jobs.status = 'failed'")
        #expect(rows.itemType == "DeviceJob")
        #expect(rows.json.arrayValue?.ids == ["d0002"])
        #expect(rows.json.arrayValue?.first?["error"]?["code"] == "MessageTooLarge")
        #expect(rows.json.arrayValue?.first?["jobId"] == "j")
        #expect(rows.json.arrayValue?.first?["jobType"] == "scheduleUpdateTwin")
    }

    @Test("a job that runs out of time fails, with the devices that it did not reach")
    func timeout() throws {
        try bench.addFleet(200)
        try put("j", ["queryCondition": "*", "maxExecutionTimeInSeconds": 30])
        bench.background.step()
        bench.background.step()
        bench.advance(seconds: 30)
        bench.background.runAll()
        #expect(try job()["status"] == "failed")
        #expect(try job()["failureReason"]?.stringValue?.contains("30 seconds") == true)
        let statistics = try job()["deviceJobStatistics"]
        let done = try #require(statistics?["succeededCount"]?.integerValue)
        #expect((64...128).contains(done))
        #expect(statistics?["failedCount"] == .integer(200 - done))
        #expect(try bench.registry.twin(of: ServiceBench.id(199)).twin.tags["job"] == nil)
    }

    @Test("a job is cancelled before it starts, while it runs, and not after it is done")
    func cancel() throws {
        try bench.addFleet(200)
        try put("early", ["queryCondition": "*"])
        #expect(try bench.send("POST", "/jobs/v2/early/cancel").json["status"] == "cancelled")
        bench.background.runAll()
        #expect(try job("early")["status"] == "cancelled")
        #expect(try bench.registry.twin(of: "d0000").twin.tags["job"] == nil)

        try put("midway", ["queryCondition": "*"])
        bench.background.step()
        let reply = try bench.send("POST", "/jobs/v2/midway/cancel")
        #expect(reply.status == 200)
        #expect(reply.json["status"] == "cancelled")
        bench.background.runAll()
        let reached = try #require(try job("midway")["deviceJobStatistics"]?["succeededCount"]?.integerValue)
        #expect((1...128).contains(reached))
        let canceled = try bench.query("SELECT COUNT() AS n FROM devices.jobs WHERE devices.jobs.status = 'canceled'")
        #expect(canceled.status == 400, "aggregates of jobs are not in the language")
        let rows = try bench.pages("SELECT * FROM devices.jobs WHERE devices.jobs.status = 'canceled'").flatMap(\.self)
        #expect(Int64(rows.count) == 200 - reached)

        try put("late", ["queryCondition": "*"])
        bench.background.runAll()
        #expect(try bench.send("POST", "/jobs/v2/late/cancel").json["status"] == "completed")
    }

    @Test("an id is used once, and an unknown one is not found")
    func ids() throws {
        try put()
        let again = try put()
        #expect(again.status == 409)
        #expect(again.code == .jobAlreadyExists)
        for (method, path) in [("GET", "/jobs/v2/nobody"), ("POST", "/jobs/v2/nobody/cancel")] {
            let reply = try bench.send(method, path)
            #expect(reply.status == 404)
            #expect(reply.code == .jobNotFound)
        }
    }

    @Test("the id that the listing of jobs has for itself is refused")
    func reservedID() throws {
        let reply = try put("query")
        #expect(reply.status == 400)
        #expect(reply.code == .argumentInvalid)
        #expect(try bench.send("GET", "/jobs/v2/query").json == [])
    }

    @Test("the statistics say what a count of the devices says, at every step of a job")
    func statistics() throws {
        var job = Job(
            try JobRequest(id: "j", json: JSON(parsing: body(["queryCondition": "*"])), mode: .strict),
            at: ServiceBench.time
        )
        func check(_ job: Job) {
            let counted = job.json["deviceJobStatistics"]
            func count(_ status: JobDevice.Status) -> JSON {
                .integer(Int64(job.devices.count { $0.status == status }))
            }
            #expect(counted?["deviceCount"] == .integer(Int64(job.devices.count)))
            #expect(counted?["pendingCount"] == count(.pending))
            #expect(counted?["runningCount"] == count(.running))
            #expect(counted?["succeededCount"] == count(.completed))
            #expect(counted?["failedCount"] == count(.failed))
        }
        check(job)
        _ = job.start(at: ServiceBench.time)
        job.found(["a", "b", "c", "d", "e"], at: ServiceBench.time)
        check(job)
        _ = job.take(3, at: ServiceBench.time)
        check(job)
        job.ended(0, with: nil, at: ServiceBench.time)
        job.ended(1, with: IoTHubError(.deviceNotFound, "b"), at: ServiceBench.time)
        check(job)
        var cancelled = job
        cancelled.cancel(at: ServiceBench.time)
        check(cancelled)
        cancelled.ended(2, with: nil, at: ServiceBench.time)
        check(cancelled)
        job.fail("late", at: ServiceBench.time)
        check(job)
    }

    static let refusals: [(JSONObject, IoTHubErrorCode, String)] = [
        (["updateTwin": ["tags": [:]]], .argumentInvalid, "which only accepts '*' as the Etag."),
        (["updateTwin": ["etag": "AAAAAAAAAAE="]], .argumentInvalid, "Missing or invalid etag for job type"),
        (["updateTwin": nil], .argumentNull, "updateTwin"),
        (["updateTwin": ["etag": "*", "tags": ["a b": 1]]], .argumentInvalid, "has ' '"),
        (["type": "scheduleDeviceMethod"], .featureNotSupported, "no direct methods"),
        (["type": "export"], .argumentInvalid, "'export'"), (["type": nil], .argumentNull, "scheduleUpdateTwin"),
        (["queryCondition": nil], .argumentNull, "queryCondition"),
        (["queryCondition": "SELECT * FROM devices"], .argumentInvalid, "SQL query parse failed due to following"),
        (["queryCondition": "tags.a ="], .argumentInvalid, "Line 1:9"),
        (["queryCondition": .string(String(repeating: " ", count: 8193))], .preconditionFailed, "8193"),
        (["startTime": "tomorrow"], .argumentInvalid, "startTime"), (["startTime": 5], .argumentInvalid, "startTime"),
        (["maxExecutionTimeInSeconds": 0], .argumentInvalid, "maxExecutionTimeInSeconds"),
        (["maxExecutionTimeInSeconds": "60"], .argumentInvalid, "maxExecutionTimeInSeconds"),
        (["jobId": "other"], .argumentInvalid, "other"),
    ]

    @Test("a bad job is refused with the member, and is none afterwards", arguments: refusals.indices)
    func refused(_ index: Int) throws {
        let (changes, code, words) = Self.refusals[index]
        let reply = try put("j", changes)
        #expect(reply.code == code)
        #expect(reply.message.contains(words), "\(reply.message)")
        #expect(try bench.send("GET", "/jobs/v2/j").code == .jobNotFound)
    }

    @Test("an id that no path should have, and a body that is no job, are refused")
    func badIDs() throws {
        #expect(try bench.send("PUT", "/jobs/v2/a%20b", body(["jobId": nil])).code == .argumentInvalid)
        for text in ["", "[]", "7", "{}"] {
            #expect(try bench.send("PUT", "/jobs/v2/j", text).status == 400)
        }
    }

    @Test("jobs are listed by type and status, in pages")
    func listing() throws {
        for number in 0..<25 { try put("j\(number)", ["queryCondition": "*"]) }
        _ = try bench.send("POST", "/jobs/v2/j3/cancel")
        func list(_ query: String = "", _ paging: Paging = Paging()) throws -> ServiceBench.Reply {
            try bench.send("GET", "/jobs/v2/query?api-version=2021-04-12\(query)", paging: paging)
        }
        func ids(_ reply: ServiceBench.Reply) -> [String] {
            reply.json.arrayValue?.compactMap { $0["jobId"]?.stringValue } ?? []
        }
        let first = try list("", Paging(maxItemCount: "20"))
        #expect(first.itemType == "JobResponse")
        #expect(ids(first) == (0..<20).map { "j\($0)" })
        let second = try list("", Paging(maxItemCount: "20", continuation: first.continuation))
        #expect(ids(second) == (20..<25).map { "j\($0)" })
        #expect(second.continuation == nil)
        #expect(ids(try list("&jobStatus=cancelled&jobType=scheduleUpdateTwin")) == ["j3"])
        #expect(ids(try list("&jobStatus=Queued")).count == 24)
        #expect(ids(try list("&jobType=scheduleDeviceMethod")).isEmpty)
        #expect(try list("&jobType=odd").code == .argumentInvalid)
        #expect(try list("&jobStatus=odd").code == .argumentInvalid)
        let foreign = try list("&jobStatus=queued", Paging(continuation: first.continuation))
        #expect(foreign.code == .argumentInvalid)
    }

    @Test("rows of jobs come in pages, over several jobs")
    func rows() throws {
        try bench.addFleet(30)
        for id in ["a", "b"] { try put(id, ["queryCondition": "*"]) }
        bench.background.runAll()
        let pages = try bench.pages("SELECT * FROM devices.jobs", size: 25)
        #expect(pages.map(\.count) == [25, 25, 10])
        let rows = pages.flatMap(\.self)
        #expect(rows.ids == Array(repeating: (0..<30).map(ServiceBench.id), count: 2).flatMap(\.self))
        #expect(rows.compactMap { $0["jobId"]?.stringValue } == (0..<60).map { $0 < 30 ? "a" : "b" })
        let one = try bench.query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'b' AND deviceId = 'd0007'")
        #expect(one.json.arrayValue?.count == 1)
        #expect(one.json.arrayValue?.first?["status"] == "completed")
    }

    @Test("too many jobs under way are refused, and of those that are done the oldest are forgotten")
    func bounds() throws {
        for number in 0..<1000 { #expect(try put("j\(number)").status == 200) }
        #expect(try put("more").code == .jobQuotaExceeded)
        bench.background.runAll()
        #expect(try put("more").status == 200)
        bench.background.runAll()
        #expect(try put("last").status == 200)
        #expect(try bench.send("GET", "/jobs/v2/j0").code == .jobNotFound)
        #expect(try job("j999")["status"] == "completed")
    }

    @Test("a hub that stops ends its jobs")
    func stopping() throws {
        try bench.addFleet(3)
        try put("j", ["queryCondition": "*"])
        bench.background.stop()
        bench.background.runAll()
        #expect(try job()["status"] == "failed")
        #expect(try bench.registry.twin(of: "d0000").twin.tags["job"] == nil)
    }
}

extension JSONObject {
    /// The object with the members of another one set in it, nulls too.
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other { merged[name] = value }
        return merged
    }
}
