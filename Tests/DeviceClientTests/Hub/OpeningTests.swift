import DeviceClient
import IoTHub
import LocalHub
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2))) struct OpeningTests {
    @Test("a device opens, reads its twin, reports, and closes", arguments: Way.allCases)
    func life(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("press-1")
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try bench.change("press-1", ["speed": 5])
            try await client.open()
            #expect(await client.connectionStatus == .connected)
            let twin = try await client.getTwin()
            #expect(twin.properties.desired["speed"] == 5)
            #expect(twin.properties.desired.version == 2)
            let version = try await client.updateReportedProperties(["fan": ["rpm": 900], "text": "ü\"\\\n"])
            #expect(version == 2)
            #expect(try bench.reported("press-1")["fan"] == ["rpm": 900])
            #expect(try await client.updateReportedProperties(["fan": nil]) == 3)
            #expect(try bench.reported("press-1")["fan"] == nil)
            #expect(try await client.getTwin().properties.reported["text"] == "ü\"\\\n")
            await client.close()
            #expect(await client.connectionStatus == .disabled)
            #expect(await statuses.next(2) == ["connected connectionOk", "disabled clientClose"])
        }
    }

    @Test(
        "ids with every allowed character connect",
        arguments: Way.allCases,
        ["a-b:c.d+e%f_g", "h#i*j?k!l(m)n,o=p@q;r$s't"]
    )
    func specialIDs(_ way: Way, _ id: String) async throws {
        // A semicolon would end the id in a connection string.
        let id = id.replacing(";", with: "")
        try await Bench.with(way) { bench in
            let client = try bench.client(id)
            try await client.open()
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }

    @Test("a twin as large as twins may be goes both ways", arguments: Way.allCases)
    func bigTwin(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            let updates = Events<DesiredPropertyUpdate>()
            try await client.setDesiredPropertyHandler { _, update in updates.put(update) }
            var properties: JSONObject = [:]
            for index in 0..<8 { properties["m\(index)"] = .string(String(repeating: "ä", count: 1900)) }
            try bench.change("d", properties)
            let update = await updates.next(1).first
            #expect(update?.properties.values == properties)
            #expect(try await client.updateReportedProperties(TwinCollection(properties)) == 2)
            #expect(try bench.reported("d")["m7"] == properties["m7"])
            let twin = try await client.getTwin()
            #expect(twin.properties.desired.values == properties)
            #expect(twin.properties.reported.values == properties)
            await client.close()
        }
    }

    @Test("operations open a client that is not open", arguments: Way.allCases)
    func implicitOpen(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d")
            #expect(try await client.getTwin().properties.desired.version == 1)
            await client.close()
        }
    }

    @Test("the hub is verified by address when the host is given as one", arguments: Way.allCases)
    func numericHost(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let text = try bench.test.addDevice("d").replacing("localhost", with: "127.0.0.1")
            let client = try bench.client(of: text)
            try await client.open()
            await client.close()
        }
    }

    @Test("the hub is found by its name", arguments: Way.allCases)
    func namedHost(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let client = try bench.client("d") { $0.address = nil }
            try await client.open()
            await client.close()
        }
    }

    @Test("a wrong key is refused and not tried again", arguments: Way.allCases)
    func wrongKey(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            _ = try bench.test.addDevice("d")
            try await expectFailure(
                way,
                "HostName=localhost;DeviceId=d;SharedAccessKey=AAAA",
                bench.options,
                .unauthorized,
                "'d'",
                .badCredential
            )
        }
    }

    @Test("an unknown device is refused and not tried again", arguments: Way.allCases)
    func unknownDevice(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            try await expectFailure(
                way,
                "HostName=localhost;DeviceId=nobody;SharedAccessKey=AAAA",
                bench.options,
                .unauthorized,
                "nobody",
                .badCredential
            )
        }
    }

    @Test(
        "over MQTT a disabled device is told to come later, over AMQP that there is no such device",
        arguments: Way.allCases
    )
    func disabledDevice(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            let text = try bench.test.addDevice("d")
            var device = try bench.hub.registry.device("d")
            device.status = .disabled
            _ = try bench.hub.registry.updateDevice(device, ifMatch: nil)
            let isMQTT = way.isMQTT
            try await expectFailure(
                way,
                text,
                bench.options,
                isMQTT ? .communication : .deviceNotFound,
                isMQTT ? "not available for 'd'" : "disabled",
                isMQTT ? .retryExpired : .deviceDisabled,
                NoRetry()
            )
        }
    }

    @Test("a certificate of an unknown authority is refused, in OpenSSL's words", arguments: Way.allCases)
    func wrongAuthority(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            var options = bench.options
            options.tls = try DeviceTLS(trustedCAFile: nil)
            let text = try bench.test.addDevice("d")
            try await expectFailure(way, text, options, .untrustedCertificate, "unable to get", .communicationError)
        }
    }

    @Test("a certificate for another host name is refused, in OpenSSL's words", arguments: Way.allCases)
    func wrongHostName(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            var options = bench.options
            options.address = HostAddress(numeric: "127.0.0.1")
            let text = try bench.test.addDevice("d").replacing("localhost", with: "hub.example.com")
            try await expectFailure(way, text, options, .untrustedCertificate, "ostname mismatch", .communicationError)
            let numeric = text.replacing("hub.example.com", with: "127.0.0.2")
            try await expectFailure(
                way,
                numeric,
                options,
                .untrustedCertificate,
                "IP address mismatch",
                .communicationError
            )
        }
    }

    @Test("without retries, a refused connection fails at once and names the address", arguments: Way.allCases)
    func refused(_ way: Way) async throws {
        try await withoutListener(way) { text, options in
            try await expectFailure(way, text, options, .communication, "Connection refused", .retryExpired, NoRetry())
        }
    }

    @Test("retries end with the operation timeout, and the error names the last fault", arguments: Way.allCases)
    func outOfTime(_ way: Way) async throws {
        try await withoutListener(way) { text, options in
            var options = options
            // Enough for a first refusal.
            options.operationTimeout = .seconds(5)
            try await expectFailure(way, text, options, .timedOut, "Connection refused", .retryExpired)
        }
    }

    @Test(
        "who asks later for an opening that is under way has as much time as who asked first",
        arguments: [Way.mqtt, .amqp]
    )
    func ownTime(_ way: Way) async throws {
        try await withoutListener(way) { text, options in
            var options = options
            options.operationTimeout = .seconds(5)
            let (client, first) = try await failedOpening(way, text, options, failures: 5)
            let start = ContinuousClock.now
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(ContinuousClock.now - start >= options.operationTimeout)
            #expect(error?.reason == .timedOut, "\(String(describing: error))")
            let firstError = await #expect(throws: DeviceClientError.self) { try await first.value }
            #expect(firstError?.message.contains("Connection refused") == true, "\(String(describing: firstError))")
            await client.close()
        }
    }

    @Test("cancelling an opening stops it", arguments: Way.allCases)
    func cancel(_ way: Way) async throws {
        try await withoutListener(way) { text, options in
            let (client, opening) = try await failedOpening(way, text, options, failures: 2)
            opening.cancel()
            await #expect(throws: CancellationError.self) { try await opening.value }
            await client.close()
        }
    }

    /// Starts an opening, and returns when it has failed so many times and goes on.
    private func failedOpening(
        _ way: Way,
        _ text: String,
        _ options: ClientOptions,
        failures count: Int
    ) async throws -> (client: DeviceClient, opening: Task<Void, any Error>) {
        let client = try DeviceClient.create(connectionString: text, transport: way.transport, options: options)
        let failures = Events<Void>()
        await client.setRetryPolicy(ToldRetries(failures))
        let opening = Task { try await client.open() }
        _ = await failures.next(count)
        return (client, opening)
    }

    /// Runs a body with a device's connection string and options whose port is taken, and where nobody listens.
    private func withoutListener(_ way: Way, _ body: (String, ClientOptions) async throws -> Void) async throws {
        let closed = try RudePeer(listens: false)
        try await Bench.with(way) { bench in
            var options = bench.options
            options.mqttPort = closed.port
            options.amqpPort = closed.port
            options.webSocketPort = closed.port
            try await body(try bench.test.addDevice("d"), options)
        }
        withExtendedLifetime(closed) {}
    }

    @Test("a peer that hangs up during the TLS handshake is a fault that may pass", arguments: Way.allCases)
    func hangUp(_ way: Way) async throws {
        let peer = try RudePeer()
        var options = ClientOptions()
        options.mqttPort = peer.port
        options.amqpPort = peer.port
        options.webSocketPort = peer.port
        options.tls = try DeviceTLS(trustedCAFile: nil)
        try await expectFailure(
            way,
            "HostName=127.0.0.1;DeviceId=d;SharedAccessKey=AAAA",
            options,
            .communication,
            "127.0.0.1:\(peer.port)",
            .retryExpired,
            NoRetry()
        )
    }

    @Test(
        "a peer that speaks TLS but neither MQTT nor AMQP, or no HTTP, is a fault that may pass",
        arguments: Way.allCases
    )
    func notTheProtocol(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            var options = bench.options
            options.mqttPort = bench.hub.httpsPort
            options.amqpPort = bench.hub.httpsPort
            options.webSocketPort = bench.hub.mqttPort
            let text = try bench.test.addDevice("d")
            try await expectFailure(way, text, options, .communication, "127.0.0.1", .retryExpired, NoRetry())
        }
    }

    private func expectFailure(
        _ way: Way,
        _ connectionString: String,
        _ options: ClientOptions,
        _ reason: DeviceClientError.Reason,
        _ words: String,
        _ statusReason: ConnectionStatusChangeReason,
        _ policy: any RetryPolicy = ExponentialBackoff()
    ) async throws {
        let client = try DeviceClient.create(
            connectionString: connectionString,
            transport: way.transport,
            options: options
        )
        let statuses = Events<String>()
        await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
        await client.setRetryPolicy(policy)
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        #expect(error?.reason == reason, "\(String(describing: error))")
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("AAAA") == false)
        #expect(await statuses.next(1) == ["disconnected \(statusReason)"])
        await client.close()
    }
}

/// Retries soon, and tells of each failure.
private struct ToldRetries: RetryPolicy {
    let failures: Events<Void>

    init(_ failures: Events<Void>) { self.failures = failures }

    func interval(currentRetryCount: Int, lastError: DeviceClientError, random: Double) -> Duration? {
        failures.put(())
        return .milliseconds(20)
    }
}
