import AMQPEngine
import DeviceClient
import IoTHub
import NIOConcurrencyHelpers
import Testing

/// What a device does when an AMQP hub has faults that a good hub has not.
@Suite(.timeLimit(.minutes(2))) struct AMQPFaultTests {
    @Test("it opens as Microsoft's SDKs do: token, links, subscription, and each only once")
    func opening() async throws {
        try await ScriptedAMQPHub.with { hub in
            let client = try hub.client("d")
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            #expect(await hub.seen.next(4) == ["connect", "token d 1", "attach d", "PUT d"])
            #expect(try await client.getTwin().properties.desired.version == 1)
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            #expect(await hub.seen.next(2) == ["GET d", #"PATCH d {"x":1}"#])
            hub.notify("d", version: 2)
            #expect(await updates.next(1).map(\.version) == [2])
            try await client.setDesiredPropertyHandler(nil)
            #expect(await hub.seen.next(1) == ["DELETE d"])
            await client.close()
            #expect(await hub.seen.next(2) == ["end d", "gone"])
        }
    }

    @Test("a detached link, or an ended session, is attached again on the same connection", arguments: [true, false])
    func detach(isLink: Bool) async throws {
        try await ScriptedAMQPHub.with { hub in
            let client = try hub.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.setDesiredPropertyHandler { _, _ in }
            _ = await hub.seen.next(4)
            let error = AMQPError(.detachForced, #"{"message":"for a test"}"#)
            if isLink { hub.detach("d", error) } else { hub.end("d", error) }
            #expect(await statuses.next(3) == [.connected, .disconnectedRetrying, .connected])
            let seen = await hub.seen.until { $0 == "GET d" }.filter { $0 != "end d" }
            // Having been subscribed before, it catches up.
            #expect(seen == ["token d 2", "attach d", "PUT d", "GET d"])
            #expect(hub.connectionCount == 1)
            await client.close()
        }
    }

    @Test("a link that the hub ends for good ends the device's tries")
    func refusedLink() async throws {
        try await ScriptedAMQPHub.with {
            $0.refusal = { _ in AMQPError(.notFound, #"{"errorCode":404001,"message":"no such device"}"#) }
        } _: { hub in
            let client = try hub.client("d")
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .deviceNotFound)
            #expect(error?.message.contains("no such device") == true, "\(String(describing: error))")
            #expect(await statuses.next(1) == ["disconnected deviceDisabled"])
            await client.close()
        }
    }

    @Test(
        "answers to a token have their reasons",
        arguments: [
            (401, DeviceClientError.Reason.unauthorized), (403, .unauthorized), (404, .deviceNotFound),
            (400, .badRequest), (429, .throttled), (500, .serverError),
        ]
    )
    func tokens(_ status: Int, _ reason: DeviceClientError.Reason) async throws {
        try await ScriptedAMQPHub.with {
            $0.tokenStatus = { _, _ in status }
        } _: { hub in
            let client = try hub.client("d")
            await client.setRetryPolicy(NoRetry())
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == reason)
            #expect(error?.message.contains("as the script says") == true)
            await client.close()
        }
    }

    @Test("a hub that has no time for a token just now is asked again")
    func tokenLater() async throws {
        try await ScriptedAMQPHub.with {
            $0.tokenStatus = { _, count in count < 3 ? 500 : 200 }
        } _: { hub in
            let client = try hub.client("d")
            try await client.open()
            #expect(await hub.seen.until { $0 == "attach d" }.filter { $0.hasPrefix("token") }.count == 3)
            await client.close()
        }
    }

    @Test("a link that the hub throttles is asked for again")
    func throttledLink() async throws {
        let left = NIOLockedValueBox(2)
        try await ScriptedAMQPHub.with {
            $0.refusal = { _ in
                let isRefused = left.withLockedValue { left in
                    left -= 1
                    return left >= 0
                }
                let text = "The request has been throttled. Wait 10 seconds and try again. Operation type: AmqpLinkOpen"
                return isRefused ? AMQPError("com.microsoft:device-container-throttled", text) : nil
            }
        } _: { hub in
            let client = try hub.client("d")
            try await client.open()
            #expect(left.withLockedValue { $0 } < 0)
            #expect(hub.connectionCount == 1)
            await client.close()
        }
    }

    @Test("a patch may be answered with 200 or 204", arguments: [200, 204] as [Int32])
    func patchStatus(_ status: Int32) async throws {
        try await ScriptedAMQPHub.with {
            $0.patchStatus = status
        } _: { hub in
            let client = try hub.client("d")
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }

    @Test("a token that is refused at its renewal ends the connection")
    func refusedRenewal() async throws {
        try await ScriptedAMQPHub.with {
            $0.tokenStatus = { _, count in count < 2 ? 200 : 401 }
        } _: { hub in
            let client = try hub.client("d") { options in
                options.sasTokenTimeToLive = .seconds(4)
                options.sasTokenRenewalShare = 0.7
            }
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try await client.open()
            #expect(await statuses.next(2) == ["connected connectionOk", "disconnected badCredential"])
            await client.close()
        }
    }

    @Test("a hub that falls silent counts as lost, and is connected to again")
    func silence() async throws {
        try await ScriptedAMQPHub.with {
            $0.isSilent = true
        } _: { hub in
            let client = try hub.client("d") { $0.amqpIdleTimeout = .seconds(1) }
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            #expect(await statuses.next(3) == [.connected, .disconnectedRetrying, .connected])
            await client.close()
        }
    }

    @Test("a device without anything to say keeps the hub from giving up")
    func keepAlive() async throws {
        try await ScriptedAMQPHub.with {
            $0.idleTimeout = 3000
        } _: { hub in
            let quiet = try hub.client("quiet")
            let statuses = Events<ConnectionStatus>()
            await quiet.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await quiet.open()
            // For the other device the same hub falls silent three times, each noticed after two seconds: longer than the
            // six seconds that the hub waits.
            let other = try hub.client("other") { $0.amqpIdleTimeout = .seconds(1) }
            let others = Events<ConnectionStatus>()
            await other.setConnectionStatusChangesHandler { status, _ in others.put(status) }
            hub.change { $0.isSilent = true }
            try await other.open()
            let cycle = [ConnectionStatus.connected, .disconnectedRetrying]
            #expect(await others.next(7) == cycle + cycle + cycle + [.connected])
            await quiet.close()
            await other.close()
            #expect(await statuses.next(2) == [.connected, .disabled])
        }
    }

    @Test("a connection that the hub closes is made again, with what waited", arguments: [true, false])
    func closed(isPolite: Bool) async throws {
        try await ScriptedAMQPHub.with { hub in
            let client = try hub.client("d")
            let statuses = Events<ConnectionStatus>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
            try await client.open()
            if isPolite { hub.close(AMQPError(.connectionForced, "for a test")) } else { hub.cut() }
            #expect(await statuses.next(3) == [.connected, .disconnectedRetrying, .connected])
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }

    @Test("while the client itself waits for its twin, requests are given up in their own time, one after the other")
    func requestsInTime() async throws {
        try await ScriptedAMQPHub.with {
            $0.answersReading = false
        } _: { hub in
            let client = try hub.client("d") { $0.operationTimeout = .seconds(5) }
            try await client.setDesiredPropertyHandler { _, _ in }
            hub.cut()
            // After the reconnect it catches up, and waits a minute for that.
            _ = await hub.seen.until { $0 == "GET d" }
            for _ in 0..<2 {
                let start = ContinuousClock.now
                let error = await #expect(throws: DeviceClientError.self) {
                    try await client.updateReportedProperties(["x": 1])
                }
                #expect(error?.reason == .timedOut, "\(String(describing: error))")
                #expect(ContinuousClock.now - start < .seconds(30))
            }
            await client.close()
        }
    }

    @Test("requests wait for credit, in their order")
    func credit() async throws {
        try await ScriptedAMQPHub.with {
            $0.credit = 2
        } _: { hub in
            let client = try hub.client("d")
            let versions = Events<Int64>()
            try await client.open()
            for value in 1...5 {
                await client.report(["n": .integer(Int64(value))]) { _, result in
                    versions.put((try? result.get()) ?? -1)
                }
            }
            #expect(await versions.next(2) == [2, 3])
            hub.grant(1, to: "d")
            #expect(await versions.next(1) == [4])
            hub.grant(2, to: "d")
            #expect(await versions.next(2) == [5, 6])
            await client.close()
        }
    }

    @Test("a patch beyond the hub's limit is not sent, and the device stays connected")
    func tooLarge() async throws {
        try await ScriptedAMQPHub.with {
            $0.maxMessageSize = 1000
        } _: { hub in
            let client = try hub.client("d")
            let error = await #expect(throws: DeviceClientError.self) {
                try await client.updateReportedProperties(["x": .string(String(repeating: "x", count: 2000))])
            }
            #expect(error?.reason == .tooLarge)
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
            #expect(await hub.seen.until { $0 == "gone" }.count { $0 == "connect" } == 1)
        }
    }

    @Test("Amqp says that it tried TCP only; Amqp_Tcp_Only has nothing to say", arguments: [true, false])
    func noFallBack(isAnyTransport: Bool) async throws {
        let nobody = try RudePeer(listens: false)
        let client = try await ScriptedAMQPHub.with { hub in
            try hub.client("d", transport: isAnyTransport ? .amqp : .amqpTcpOnly) { $0.amqpPort = nobody.port }
        }
        await client.setRetryPolicy(NoRetry())
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        #expect(error?.reason == .communication)
        #expect(error?.message.contains("Connection refused") == true)
        #expect(error?.message.contains("WebSocket") == isAnyTransport)
        await client.close()
        withExtendedLifetime(nobody) {}
    }
}
