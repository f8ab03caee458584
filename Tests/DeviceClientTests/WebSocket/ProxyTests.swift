import DeviceClient
import IoTHub
import LocalHub
import TestKit
import Testing

/// Devices behind a proxy.
@Suite(.timeLimit(.minutes(2))) struct ProxyTests {
    private static let ways: [Way] = [.mqttWebSocket, .amqpWebSocket]

    @Test("a device goes through the proxy, and the proxy alone gets its credentials", arguments: ways)
    func through(_ way: Way) async throws {
        try await TestProxy.with { proxy in
            try await Bench.with(way) { bench in
                // The name is found by the proxy only, and the certificate is the hub's.
                var options = bench.options
                options.address = HostAddress(numeric: "127.0.0.9")
                options.proxy = .url("http://user:pass%20word@127.0.0.1:\(proxy.port)")
                let client = try bench.client(of: try bench.test.addDevice("d"), options)
                try await client.open()
                #expect(try await client.updateReportedProperties(["x": 1]) == 2)
                await client.close()
                #expect(
                    await proxy.seen.next(1) == [
                        "CONNECT localhost:\(bench.hub.httpsPort) HTTP/1.1\r\nHost: localhost:\(bench.hub.httpsPort)\r\n"
                            + "Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n\r\n"
                    ]
                )
            }
        }
    }

    @Test("Mqtt and Amqp go through the proxy when TCP does not get through", arguments: [TransportType.mqtt, .amqp])
    func fallback(_ transport: TransportType) async throws {
        let closed = try RudePeer(listens: false)
        try await TestProxy.with { proxy in
            try await Bench.with { bench in
                var options = bench.options
                options.mqttPort = closed.port
                options.amqpPort = closed.port
                options.proxy = .url("127.0.0.1:\(proxy.port)")
                let text = try bench.test.addDevice("d")
                let client = try DeviceClient.create(connectionString: text, transport: transport, options: options)
                try await client.open()
                #expect(await client.activeTransport?.rawValue.hasSuffix("WebSocket_Only") == true)
                #expect(await proxy.seen.next(1).first?.hasPrefix("CONNECT localhost:") == true)
                await client.close()
            }
        }
    }

    @Test(
        "a proxy that refuses is told with its status, and without the password",
        arguments: ways,
        [
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 407, DeviceClientError.Reason.invalidArgument),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, .communication),
        ]
    )
    func refusal(
        _ way: Way,
        _ refusal: (answer: String, status: Int, reason: DeviceClientError.Reason)
    ) async throws {
        try await TestProxy.with(refusal: refusal.answer) { proxy in
            let error = try await failure(way, "http://user:secret@127.0.0.1:\(proxy.port)")
            #expect(error?.reason == refusal.reason)
            #expect(error?.status == refusal.status)
            let words = "the proxy 127.0.0.1:\(proxy.port) refuses CONNECT localhost:1 with \(refusal.status) "
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test("a proxy that is not there, or speaks no HTTP, is named", arguments: ways)
    func noProxy(_ way: Way) async throws {
        let closed = try RudePeer(listens: false)
        let missing = try await failure(way, "http://127.0.0.1:\(closed.port)")
        #expect(missing?.message == "cannot connect to the proxy 127.0.0.1:\(closed.port): Connection refused")
        let rude = try RudePeer()
        let hungUp = try await failure(way, "http://127.0.0.1:\(rude.port)")
        #expect(hungUp?.reason == .communication)
        #expect(hungUp?.message.contains("the proxy 127.0.0.1:\(rude.port)") == true, "\(String(describing: hungUp))")
        try await TestProxy.with(refusal: "SSH-2.0-proxy\r\n") { proxy in
            let foreign = try await failure(way, "http://127.0.0.1:\(proxy.port)")
            #expect(foreign?.message.contains("with no HTTP response") == true, "\(String(describing: foreign))")
        }
    }

    private func failure(_ way: Way, _ proxy: String) async throws -> DeviceClientError? {
        var options = ClientOptions()
        options.tls = try DeviceTLS(trustedCAFile: nil)
        options.webSocketPort = 1
        options.proxy = .url(proxy)
        let client = try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=d;SharedAccessKey=AAAA",
            transport: way.transport,
            options: options
        )
        await client.setRetryPolicy(NoRetry())
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        await client.close()
        return error
    }
}
