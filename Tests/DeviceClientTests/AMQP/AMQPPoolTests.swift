import AMQPEngine
import DeviceClient
import IoTHub
import Testing

/// Devices that share AMQP connections.
@Suite(.timeLimit(.minutes(2))) struct AMQPPoolTests {
    private func pooled(_ hub: ScriptedAMQPHub, _ ids: [String], size: Int, lane: Lane) throws -> [DeviceClient] {
        try ids.map { id in
            try hub.client(id) { options in
                options.lane = lane
                options.amqpConnectionPoolSettings = AmqpConnectionPoolSettings(pooling: true, maxPoolSize: size)
            }
        }
    }

    @Test("devices spread evenly over the pool's connections, and the last one closes each")
    func spread() async throws {
        try await ScriptedAMQPHub.with { hub in
            let clients = try pooled(hub, (0..<12).map { "d\($0)" }, size: 3, lane: try Lane(label: "pool"))
            for client in clients { try await client.open() }
            #expect(hub.connectionCount == 3)
            for client in clients { #expect(try await client.updateReportedProperties(["x": 1]) == 2) }
            for client in clients { await client.close() }
            _ = await hub.seen.until { _ in hub.connectionCount == 0 }
        }
    }

    @Test("without a chosen lane, too, there are not more connections than the pool may have")
    func sharedLanes() async throws {
        try await ScriptedAMQPHub.with { hub in
            var clients: [DeviceClient] = []
            for index in 0..<9 {
                clients.append(
                    try hub.client("d\(index)") {
                        $0.amqpConnectionPoolSettings = AmqpConnectionPoolSettings(pooling: true, maxPoolSize: 1)
                    }
                )
            }
            for client in clients { try await client.open() }
            #expect(hub.connectionCount == 1)
            for client in clients { await client.close() }
        }
    }

    @Test("a device with a bad token, or whose link is detached, does not disturb the others")
    func isolation() async throws {
        try await ScriptedAMQPHub.with {
            $0.tokenStatus = { device, _ in device == "bad" ? 401 : 200 }
        } _: { hub in
            let clients = try pooled(hub, ["a", "bad", "b"], size: 1, lane: try Lane(label: "pool"))
            let statuses = Events<String>()
            await clients[2].setConnectionStatusChangesHandler { status, _ in statuses.put("\(status)") }
            let first = Events<String>()
            await clients[0].setConnectionStatusChangesHandler { status, _ in first.put("\(status)") }
            try await clients[0].open()
            let error = await #expect(throws: DeviceClientError.self) { try await clients[1].open() }
            #expect(error?.reason == .unauthorized)
            try await clients[2].open()
            hub.detach("a", AMQPError(.stolen))
            #expect(await first.next(3) == ["connected", "disconnectedRetrying", "connected"])
            #expect(try await clients[2].updateReportedProperties(["x": 1]) == 2)
            #expect(hub.connectionCount == 1)
            for client in clients { await client.close() }
            // The bad one took nothing with it: "b" was connected once, to its end.
            #expect(await statuses.next(2) == ["connected", "disabled"])
        }
    }

    @Test("a lost connection loses all its devices; they come back over one connection")
    func loss() async throws {
        try await ScriptedAMQPHub.with { hub in
            let ids = (0..<20).map { "d\($0)" }
            let clients = try pooled(hub, ids, size: 1, lane: try Lane(label: "pool"))
            let statuses = Events<ConnectionStatus>()
            for client in clients {
                await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
                try await client.setDesiredPropertyHandler { _, _ in }
            }
            #expect(await statuses.next(20) == Array(repeating: .connected, count: 20))
            hub.cut()
            let next = await statuses.next(40)
            #expect(next.count { $0 == .disconnectedRetrying } == 20)
            #expect(next.count { $0 == .connected } == 20)
            // The one that was cut.
            var seen = await hub.seen.until { $0 == "gone" }
            #expect(hub.connectionCount == 1)
            for client in clients { await client.close() }
            // The one that the last device closed.
            seen += await hub.seen.until { $0 == "gone" }
            #expect(seen.count { $0 == "connect" } == 2)
            // Each was subscribed before the loss, so that each catches up after it.
            #expect(seen.count { $0.hasPrefix("GET") } == 20)
        }
    }

    @Test("while the hub hangs up, a pool of devices makes the connects of one")
    func noStampede() async throws {
        try await ScriptedAMQPHub.with { hub in
            let clients = try pooled(hub, (0..<30).map { "d\($0)" }, size: 1, lane: try Lane(label: "pool"))
            for client in clients { try await client.open() }
            hub.change { $0.hangsUp = true }
            hub.cut()
            _ = await hub.seen.until { $0 == "hang-up" }
            let first = ContinuousClock.now
            for _ in 0..<4 { _ = await hub.seen.until { $0 == "hang-up" } }
            // Were it each device for itself, 30 of them would be there within the first 200 ms.
            #expect(ContinuousClock.now - first > .seconds(1))
            for client in clients { #expect(await client.lastConnectionError?.reason == .communication) }
            for client in clients { await client.close() }
        }
    }
}
