import DeviceClient
import Foundation
import IoTHub
import LocalHub
import Testing

@Suite(.timeLimit(.minutes(3)), .serialized) struct ManyClientsTests {
    @Test(
        "300 clients on 2 lanes connect and echo with one open file each, three for MQTT over WebSockets, and leave none",
        arguments: Way.allCases
    )
    func fleet(_ way: Way) async throws {
        try await Bench.with(way, lanes: 2) { bench in
            let count = 300
            // Two for each lane when they are shared.
            let connections = way.isPooled ? 4 : count
            // libmosquitto has a connection to us, and we one to the hub.
            let files = way == .mqttWebSocket ? 3 : 1
            let threads = Held.threads
            var clients: [DeviceClient] = []
            for index in 0..<count {
                clients.append(
                    try bench.client("d-\(index)") { $0.lane = bench.lanes[index % bench.lanes.count] }
                )
            }
            let echoes = Events<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, client) in clients.enumerated() {
                    if index >= 50 { try await group.next() }
                    group.addTask {
                        try await client.setDesiredPropertyHandler { client, update in
                            client.report(["echo": update.properties["n"] ?? .null]) { _, result in
                                if case .success = result { echoes.put(index) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            // The hub's ends of the connections lie in this process, too.
            let connected = Held.count("socket:")
            for index in 0..<count { try bench.change("d-\(index)", ["n": .integer(Int64(index))]) }
            #expect(Set(await echoes.next(count)).count == count)
            // Neither a thread nor a second file stands behind a device. The pools of the hub and of tasks have one or two
            // for each processor.
            #expect(Held.threads - threads < count / 2 + 4 * ProcessInfo.processInfo.processorCount)
            await withTaskGroup(of: Void.self) { group in
                for client in clients { group.addTask { await client.close() } }
            }
            try await bench.hub.suspendDevices()
            let released = connected - Held.count("socket:")
            // Both ends of each connection, and the hub's listener; other tests run meanwhile.
            #expect(released >= connections * files)
            #expect(connected >= connections * (files + 1))
        }
    }

    @Test("closing leaves no socket open", arguments: Way.allCases)
    func noLeak(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let count = 20
            let clients = try (0..<count).map { try bench.client("d-\($0)") }
            for client in clients { try await client.open() }
            let open = Held.count("socket:")
            for client in clients { await client.close() }
            // Both ends, and what libmosquitto has for WebSockets; the hub's end a little later.
            let expected = (way.isPooled ? 2 : count) * (way == .mqttWebSocket ? 4 : 2)
            while open - Held.count("socket:") < expected { await Task.yield() }
        }
    }

    @Test("lanes come and go without leaving descriptors")
    func lanes() async throws {
        let before = Held.count("eventpoll")
        for _ in 0..<20 {
            for _ in 0..<100 { _ = try Lane(label: "short-lived") }
            // Descriptors close on the lanes' queues, some a little later; other tests make lanes, too.
            while Held.count("eventpoll") - before > 50 { await Task.yield() }
        }
    }

    @Test("a client that was opened and closed is released with its lane", arguments: Way.allCases)
    func release(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            weak var lane: Lane?
            weak var client: DeviceClient?
            do {
                let ownLane = try Lane(label: "own")
                let ownClient = try bench.client("d") { $0.lane = ownLane }
                try await ownClient.setDesiredPropertyUpdateCallback { _, _ in }
                await ownClient.close()
                lane = ownLane
                client = ownClient
            }
            // What is on its way on the lane's queue may hold them a moment longer.
            while lane != nil || client != nil { await Task.yield() }
        }
    }
}
