import IoTHub
import LocalHub
import ServiceClient
import TestKit
import Testing

/// Jobs, against a real hub over TLS.
@Suite(.timeLimit(.minutes(2))) struct JobRunTests {
    /// Runs a body with a hub that has ten devices, every second one in Redmond43.
    private func withJobs(_ body: (JobClient, RegistryManager) async throws -> Void) async throws {
        try await RealHub.with { manager, hub in
            let result = try await manager.bulk(
                (0..<10).map { index in
                    var item = BulkItem(deviceID: "d\(index)", mode: .create)
                    item.tags = ["location": ["plant": index % 2 == 0 ? "Redmond43" : "Munich1"]]
                    return item
                }
            )
            #expect(result.isSuccessful)
            var options = ServiceClientOptions()
            options.trustedCAFile = hub.certificateAuthorityFile
            let jobs = try JobClient.create(connectionString: hub.connectionString(), options: options)
            do {
                try await body(jobs, manager)
            } catch {
                try await jobs.close()
                throw error
            }
            try await jobs.close()
        }
    }

    /// Asks for a job until it is over.
    private func outcome(of id: String, _ jobs: JobClient) async throws -> JobResponse {
        while true {
            let job = try await jobs.getJob(id)
            if job.status.isOver { return job }
        }
    }

    @Test("a job updates the twins that meet its condition, and no others")
    func update() async throws {
        try await withJobs { jobs, manager in
            try await jobs.scheduleTwinUpdate(
                jobID: "j",
                queryCondition: "tags.location.plant = 'Redmond43'",
                twin: Twin(tags: ["updated": true], desired: ["speed": 5])
            )
            let job = try await outcome(of: "j", jobs)
            #expect(job.status == .completed)
            #expect(job.deviceJobStatistics?.deviceCount == 5)
            #expect(job.deviceJobStatistics?.succeededCount == 5)
            for index in 0..<10 {
                let twin = try await manager.getTwin("d\(index)")
                #expect(twin.properties.desired["speed"] == (index % 2 == 0 ? 5 : nil))
                #expect(twin.tags["updated"] == (index % 2 == 0 ? true : nil))
            }
            let again = await RealHub.refusal {
                try await jobs.scheduleTwinUpdate(jobID: "j", queryCondition: "*", twin: Twin(tags: ["a": 1]))
            }
            #expect(again == .jobAlreadyExists)
            let devices = manager.createQuery("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'")
            #expect(
                try await devices.nextAsJSON().compactMap { $0["deviceId"]?.stringValue }.sorted() == [
                    "d0", "d2", "d4", "d6", "d8",
                ]
            )
        }
    }

    @Test("a job that is to start later can be cancelled before; an unknown one cannot be read")
    func cancel() async throws {
        try await withJobs { jobs, manager in
            let later = HubTimestamp(secondsSinceEpoch: HubTimestamp.now().secondsSinceEpoch + 3600, nanoseconds: 0)
            try await jobs.scheduleTwinUpdate(
                jobID: "j",
                queryCondition: "*",
                twin: Twin(desired: ["speed": 5]),
                startTime: later
            )
            #expect(try await jobs.getJob("j").status == .scheduled)
            try await jobs.cancelJob("j")
            #expect(try await outcome(of: "j", jobs).status == .cancelled)
            #expect(try await manager.getTwin("d0").properties.desired.isEmpty)
            #expect(await RealHub.refusal { _ = try await jobs.getJob("k") } == .jobNotFound)
        }
    }
}
