import DeviceClient
import IoTHub
import LocalHub
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2))) struct LossTests {
    @Test(
        "a second connection of the same device takes over, and the first comes back by its policy",
        arguments: Way.allCases
    )
    func takeover(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let text = try bench.test.addDevice("d")
            let first = try bench.client(of: text)
            await first.setRetryPolicy(NoRetry())
            let statuses = Events<String>()
            await first.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try await first.open()
            let second = try bench.client(of: text)
            try await second.open()
            #expect(await statuses.next(2) == ["connected connectionOk", "disconnected retryExpired"])
            #expect(try await second.updateReportedProperties(["x": 1]) == 2)
            await first.close()
            await second.close()
        }
    }

    @Test("operations made while the hub is away are done once it is back", arguments: Way.allCases)
    func waitingOperations(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            async let update = client.updateReportedProperties(["x": 1])
            let reports = Events<Bool>()
            await client.report(["y": 2], expecting: reports)
            try await bench.hub.resumeDevices()
            _ = try await update
            #expect(await reports.next(1) == [true])
            let reported = try bench.reported("d")
            #expect(reported["x"] == 1)
            #expect(reported["y"] == 2)
            await client.close()
        }
    }

    @Test("closing fails what waits, and what comes later", arguments: Way.allCases)
    func close(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            let waiting = Events<Bool>()
            await client.report(["x": 1], expecting: waiting)
            let twin = Task { try await client.getTwin() }
            await client.close()
            #expect(await waiting.next(1) == [false])
            let error = await #expect(throws: DeviceClientError.self) { _ = try await twin.value }
            #expect(error?.reason == .closed)
            let later = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(later?.reason == .closed)
        }
    }

    @Test("operations end in time when the hub stays away", arguments: Way.tcp)
    func timeout(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d") { $0.operationTimeout = .seconds(4) }
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            let reasons = Events<DeviceClientError.Reason?>()
            await client.report(["x": 1]) { _, result in
                if case .failure(let error) = result { reasons.put(error.reason) } else { reasons.put(nil) }
            }
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .timedOut)
            #expect(await reasons.next(1) == [.timedOut])
            // The reconnect goes on without them.
            try await bench.hub.resumeDevices()
            #expect(await statuses.until { $0 == .connected } == [.connected])
            await client.close()
        }
    }

    @Test("too many operations at once are refused, not queued", arguments: Way.allCases)
    func tooMany(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d") { $0.maximumPendingOperations = 3 }
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            let reports = Events<Bool>()
            for _ in 0..<4 { await client.report(["x": 1], expecting: reports) }
            #expect(await reports.next(1) == [false])
            try await bench.hub.resumeDevices()
            #expect(await reports.next(3) == [true, true, true])
            await client.close()
        }
    }

    @Test("a patch that the hub finds fault with fails with its status", arguments: Way.allCases)
    func badPatch(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let error = await #expect(throws: DeviceClientError.self) {
                try await client.updateReportedProperties(["a.b": 1])
            }
            #expect(error?.reason == .badRequest)
            #expect(error?.status == 400)
            let outdated = await #expect(throws: DeviceClientError.self) {
                try await client.updateReportedProperties(["a": 1], ifVersion: 7)
            }
            #expect(outdated?.reason == .preconditionFailed)
            #expect(outdated?.status == 412)
            let big = JSON.string(String(repeating: "x", count: 4000))
            let members = (0..<9).map { ("m\($0)", big) }
            var patch = TwinCollection()
            for (name, value) in members { patch[name] = value }
            let large = await #expect(throws: DeviceClientError.self) {
                try await client.updateReportedProperties(patch)
            }
            #expect(large?.reason == .tooLarge || large?.reason == .badRequest)
            #expect(try await client.updateReportedProperties(["ok": true], ifVersion: 1) == 2)
            await client.close()
        }
    }
}

extension DeviceClient {
    /// Reports, and puts whether it succeeded.
    func report(_ patch: JSONObject, expecting events: Events<Bool>) {
        report(patch) { _, result in
            if case .success = result { events.put(true) } else { events.put(false) }
        }
    }
}
