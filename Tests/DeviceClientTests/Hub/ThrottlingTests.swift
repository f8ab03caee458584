import DeviceClient
import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import LocalHub

/// What devices do when the hub asks for patience.
@Suite(.timeLimit(.minutes(2))) struct ThrottlingTests {
    /// Refuses as many twin requests as it is told to.
    private final class Throttle: Sendable {
        private let left = NIOLockedValueBox(0)

        func refuse(_ count: Int) { left.withLockedValue { $0 = count } }

        var hasRefusedAll: Bool { left.withLockedValue { $0 == 0 } }

        func next() -> IoTHubError? {
            left.withLockedValue { left in
                guard left > 0 else { return nil }
                left -= 1
                return IoTHubError(.throttlingException, "wait, and try again")
            }
        }
    }

    private func withBench(_ way: Way, _ body: (Bench, Throttle) async throws -> Void) async throws {
        let throttle = Throttle()
        try await Bench.with(way, configure: { $0.deviceThrottle = { _ in throttle.next() } }) { bench in
            try await body(bench, throttle)
        }
    }

    @Test("a refused operation is tried again on the same connection until the hub has time", arguments: Way.allCases)
    func retries(_ way: Way) async throws {
        try await withBench(way) { bench, throttle in
            let client = try bench.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            throttle.refuse(2)
            #expect(try await client.getTwin().properties.desired.version == 1)
            #expect(throttle.hasRefusedAll)
            throttle.refuse(2)
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            #expect(throttle.hasRefusedAll)
            await client.close()
            #expect(await statuses.next(2) == [.connected, .disabled])
        }
    }

    @Test("without retries it fails with the hub's status and words, and the device stays", arguments: Way.allCases)
    func failure(_ way: Way) async throws {
        try await withBench(way) { bench, throttle in
            let client = try bench.client("d")
            await client.setRetryPolicy(NoRetry())
            try await client.open()
            throttle.refuse(3)
            let errors = Events<DeviceClientError?>()
            await client.report(["x": 1]) { _, result in
                if case .failure(let error) = result { errors.put(error) } else { errors.put(nil) }
            }
            let fast = await errors.next(1).first ?? nil
            let twin = await #expect(throws: DeviceClientError.self) { try await client.getTwin() }
            let patch = await #expect(throws: DeviceClientError.self) {
                try await client.updateReportedProperties(["x": 1])
            }
            for error in [fast, twin, patch] {
                #expect(error?.reason == .throttled)
                #expect(error?.status == 429)
                #expect(error?.isTransient == true)
                #expect(error?.message.contains("wait, and try again") == true)
            }
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }

    @Test("a device that catches up after a loss asks until it is answered", arguments: Way.allCases)
    func catchUp(_ way: Way) async throws {
        try await withBench(way) { bench, throttle in
            let client = try bench.client("d")
            let updates = Events<DesiredPropertyUpdate>()
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            try bench.change("d", ["n": 1])
            #expect(await updates.next(1).map(\.version) == [2])
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            try bench.change("d", ["n": 2])
            throttle.refuse(2)
            try await bench.hub.resumeDevices()
            let missed = await updates.next(1)
            #expect(missed.map(\.version) == [3])
            #expect(missed.map(\.origin) == [.catchUp])
            #expect(throttle.hasRefusedAll)
            #expect(await statuses.until { $0 == .connected } == [.connected])
            await client.close()
        }
    }
}
