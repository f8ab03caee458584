import DeviceClient
import IoTHub
import LocalHub
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2))) struct DesiredPropertyTests {
    @Test("the callback hears of changes in order, nulls included, until nil unsubscribes", arguments: Way.allCases)
    func callback(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyUpdateCallback { _, update in updates.put(update) }
            for value in 1...20 { try bench.change("d", ["n": .integer(Int64(value))]) }
            try bench.change("d", ["n": nil, "m": ["x": 1]])
            let heard = await updates.next(21)
            #expect(heard.map(\.version) == Array(2...22))
            #expect(heard.allSatisfy { $0.origin == .notification })
            #expect(heard.prefix(20).map { $0.properties["n"] } == (1...20).map { .integer($0) })
            #expect(heard.last?.properties.values == ["n": nil, "m": ["x": 1]])
            try await client.setDesiredPropertyUpdateCallback(nil)
            try bench.change("d", ["n": 99])
            // Subscribing again finds what was missed meanwhile, and nothing else was told before.
            try await client.setDesiredPropertyUpdateCallback { _, update in updates.put(update) }
            let missed = await updates.next(1)
            #expect(missed.map(\.version) == [23])
            #expect(missed.map(\.origin) == [.catchUp])
            #expect(missed.first?.properties["m"] == ["x": 1])
            await client.close()
        }
    }

    @Test("a handler that takes another's place hears of what comes from then on", arguments: Way.allCases)
    func replaced(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let updates = Events<String>()
            for (index, name) in ["first", "second", "third"].enumerated() {
                let hear: @Sendable (DesiredPropertyUpdate) -> Void = { update in
                    updates.put("\(name) \(update.version) \(update.origin)")
                }
                // A handler and a callback in turn.
                if index == 1 {
                    try await client.setDesiredPropertyUpdateCallback { hear($1) }
                } else {
                    try await client.setDesiredPropertyHandler { hear($1) }
                }
                try bench.change("d", ["n": .integer(Int64(index))])
                #expect(await updates.next(1) == ["\(name) \(index + 2) notification"])
            }
            await client.close()
        }
    }

    @Test("the handler on the lane echoes changes without a hop", arguments: Way.allCases)
    func echo(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let acknowledged = Events<Int64>()
            try await client.setDesiredPropertyHandler { client, update in
                client.report(["echo": update.properties["n"] ?? .null]) { _, result in
                    if case .success(let version) = result { acknowledged.put(version) }
                }
            }
            for value in 1...50 { try bench.change("d", ["n": .integer(Int64(value))]) }
            #expect(await acknowledged.next(50) == Array(2...51))
            #expect(try bench.reported("d")["echo"] == 50)
            await client.close()
        }
    }

    @Test("a change made while the hub is away is caught up with exactly once", arguments: Way.allCases)
    func catchUp(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            _ = try await client.getTwin()
            try bench.change("d", ["n": 1])
            _ = await updates.next(1)
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            try bench.change("d", ["n": 2, "m": 7])
            try bench.change("d", ["n": 3])
            try await bench.hub.resumeDevices()
            _ = await statuses.until { $0 == .connected }
            try bench.change("d", ["n": 4])
            let heard = await updates.next(2)
            #expect(heard.map(\.version) == [4, 5])
            #expect(heard.map(\.origin) == [.catchUp, .notification])
            #expect(heard.first?.properties.values == ["n": 3, "m": 7])
            #expect(heard.last?.properties.values == ["n": 4])
            await client.close()
        }
    }

    @Test("nothing is told after a reconnect when nothing changed", arguments: Way.allCases)
    func nothingMissed(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            _ = try await client.getTwin()
            try await bench.hub.suspendDevices()
            _ = await statuses.until { $0 == .disconnectedRetrying }
            try await bench.hub.resumeDevices()
            _ = await statuses.until { $0 == .connected }
            try bench.change("d", ["n": 1])
            #expect(await updates.next(1).map(\.origin) == [.notification])
            await client.close()
        }
    }

    @Test("tokens are renewed while changes flow, and no change is lost", arguments: Way.tcp + [.mqttWebSocket])
    func renewal(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d") { options in
                options.sasTokenTimeToLive = .seconds(2)
                options.sasTokenRenewalShare = 0.7
            }
            let seen = Events<Int64>()
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.setDesiredPropertyHandler { client, update in
                guard update.origin != .stale else { return }
                // A twin that is read before the first change has no number.
                guard let number = update.properties["n"] else { return }
                client.report(["echo": number]) { _, result in
                    // A report under way at the reconnect would fail here.
                    if case .success = result { seen.put(number.integerValue ?? -1) } else { seen.put(-2) }
                }
            }
            let start = ContinuousClock.now
            var number: Int64 = 0
            var heard: [Int64] = []
            // Each round waits for its echo, so the loop runs as fast as the device, over several lives of a token.
            while ContinuousClock.now - start < .seconds(4) {
                number += 1
                try bench.change("d", ["n": .integer(number)])
                heard += await seen.next(1)
            }
            #expect(heard == Array(1...number))
            await client.close()
            #expect(await statuses.until { $0 == .disabled } == [.connected, .disabled])
        }
    }

    @Test("a ready-made token is not renewed: at its end the device disconnects and says so", arguments: Way.tcp)
    func readyMadeToken(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let key = try bench.test.addDevice("d").split(separator: "SharedAccessKey=").last.map(String.init) ?? ""
            let expiry = HubTimestamp.now().secondsSinceEpoch + 5
            let token = try SharedAccessSignature.create(resource: "localhost/devices/d", key: key, expiry: expiry)
            let client = try bench.client(
                of: "HostName=localhost;DeviceId=d;SharedAccessSignature=\(token.token)"
            )
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try await client.open()
            #expect(await statuses.next(2) == ["connected connectionOk", "disconnected expiredSASToken"])
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .unauthorized)
            await client.close()
        }
    }
}
