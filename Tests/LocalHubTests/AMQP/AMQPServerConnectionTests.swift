import AMQPEngine
import Foundation
import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("AMQP connections over TLS", .timeLimit(.minutes(1)))
struct AMQPServerConnectionTests {
    @Test(
        "clients open without SASL and with the mechanisms of the official SDKs",
        arguments: [nil, .anonymous, .cbs] as [AMQPSASLCredential?]
    )
    func openings(_ credential: AMQPSASLCredential?) async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open(credential)
            #expect(client.engine.remote?.idleTimeout == 240_000)
            #expect(client.engine.remote?.maxFrameSize == 65_536)
            #expect(try await bench.attach("dev1", on: client).get()["desired"] == ["$version": 1])
            client.engine.close()
            try await client.waitForTheEnd()
            #expect(client.closeError == nil)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
        }
    }

    @Test("a device comes in by PLAIN without $cbs, and gets no other device's links")
    func plainDevice() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let client = try await bench.open(.plain(user: "dev1@sas.localhost", password: bench.token("dev1")))
            #expect(try await AMQPTestDevice.attach("dev1", on: client).get()["desired"] == ["$version": 1])
            let error = try await client.refusal(.sender, "/devices/dev2/twin")
            #expect(error?.condition == .unauthorizedAccess)
        }
    }

    @Test("a policy comes in by PLAIN for all devices; the connection ends with its token")
    func plainPolicy() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open(
                .plain(user: "device@sas.root.localhost", password: bench.token(policy: "device", validFor: 600))
            )
            let device = try await AMQPTestDevice.attach("dev1", on: client)
            // Five minutes longer than the token says; who says nothing for eight is given up.
            for _ in 0..<2 {
                #expect(try await device.get()["desired"] == ["$version": 1])
                await bench.pass(.seconds(400))
            }
            #expect(try await device.get()["desired"] == ["$version": 1])
            await bench.pass(.seconds(200))
            try await client.waitForTheEnd()
            #expect(client.closeError?.condition == .unauthorizedAccess)
            // It was good once.
            #expect(bench.registry.counters.authenticationFailures == 0)
        }
    }

    @Test("a wrong PLAIN is refused by SASL's outcome")
    func wrongPlain() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let wrong = [
                ("dev1@sas.localhost", try bench.token("dev2")),
                ("dev2@sas.localhost", try bench.token("dev1")),
                ("dev1@sas.elsewhere", try bench.token("dev1")),
                ("dev1", try bench.token("dev1")),
                ("nobody@sas.localhost", try bench.token("dev1", for: "localhost/devices/nobody")),
                ("registryRead@sas.root.localhost", try bench.token(policy: "registryRead")),
                ("dev1@sas.root.localhost", try bench.token("dev1")),
                ("dev1@sas.localhost", "no token"),
            ]
            for (user, password) in wrong {
                let client = try await AMQPTestClient.connect(
                    port: bench.server.port,
                    tls: bench.tls.client,
                    .plain(user: user, password: password)
                )
                client.engine.open()
                try await client.waitForTheEnd()
                #expect(client.outcome == .auth, "\(user)")
            }
            #expect(bench.registry.counters.traffic[.amqpTcpOnly]?.authenticationFailures == wrong.count)
        }
    }

    @Test("EXTERNAL without a certificate is refused with a word why")
    func external() async throws {
        try await AMQPTestServer.with { bench in
            let client = try await AMQPTestClient.connect(port: bench.server.port, tls: bench.tls.client, .external)
            client.engine.open()
            try await client.waitForTheEnd()
            #expect(client.closeError?.condition == .unauthorizedAccess)
            #expect(client.closeError?.text?.contains("none was shown") == true)
            #expect(bench.registry.counters.authenticationFailures == 1)
        }
    }

    @Test(
        "a client that speaks something else hears what the hub speaks",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "AMQP\u{0}\u{0}\u{9}\u{1}"]
    )
    func otherProtocols(_ text: String) async throws {
        try await AMQPTestServer.with { bench in
            let client = try await AMQPTestClient.connect(port: bench.server.port, tls: bench.tls.client, nil)
            try await client.send(raw: Array(text.utf8))
            try await client.waitForTheEnd()
            #expect(client.received == Array("AMQP".utf8) + [0, 1, 0, 0])
        }
    }

    @Test("hostile frames close that connection with an AMQP error, and no other")
    func hostile() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            let frames: [[UInt8]] = [
                [0, 0, 0, 4, 2, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0], [0, 0, 0, 9, 2, 0, 0, 0, 0xFF],
                [0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x14, 0x45],
                // A begin on a channel beyond the limit.
                [0, 0, 0, 20, 2, 0, 0xFF, 0xFF, 0, 0x53, 0x11, 0xC0, 7, 4, 0x40, 0x43, 0x52, 9, 0x52, 9],
            ]
            for frame in frames {
                let client = try await bench.open()
                try await client.send(raw: frame)
                try await client.waitForTheEnd()
                #expect(client.closeError != nil, "\(frame)")
            }
            #expect(try await device.get()["desired"] == ["$version": 1])
        }
    }

    @Test("a client that floods the hub with links is closed with an AMQP error, and no other")
    func flood() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            let client = try await bench.open { $0.linkLimit = 10_000 }
            let session = try await client.begin()
            let (here, there) = (AMQPTerminus("here"), AMQPTerminus("/devices/dev1/twin"))
            for number in 0..<9_000 {
                // The hub refuses each, and this client answers none of its detaches.
                _ = try client.engine.attach(.sender, "\(number)", in: session, source: here, target: there)
                if number.isMultiple(of: 1000) { try await client.flush() }
            }
            try await client.waitForTheEnd()
            #expect(client.closeError?.condition == .resourceLimitExceeded)
            #expect(try await device.get()["desired"] == ["$version": 1])
        }
    }

    @Test("the hub keeps quiet connections alive, and gives up on silent ones")
    func idle() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open { $0.idleTimeout = 60_000 }
            _ = try await bench.attach("dev1", on: client)
            // After this the hub has nothing to say but that.
            await bench.pass(.seconds(31))
            let before = client.received.count
            await bench.pass(.seconds(35))
            try await client.wait("a sign of life") { client.received.count > before }
            await bench.pass(.seconds(500))
            try await client.waitForTheEnd()
            #expect(client.closeError?.condition == .resourceLimitExceeded)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
        }
    }

    @Test("an idle time-out that the hub cannot keep is refused")
    func shortIdle() async throws {
        try await AMQPTestServer.with { bench in
            let client = try await AMQPTestClient.connect(port: bench.server.port, tls: bench.tls.client, nil) {
                $0.idleTimeout = 500
            }
            client.engine.open()
            try await client.waitForTheEnd()
            #expect(client.closeError?.condition == .notAllowed)
        }
    }

    @Test("clients that do not open, or put no token, are not waited for")
    func patience() async throws {
        try await AMQPTestServer.with { bench in
            let silent = try await AMQPTestClient.connect(port: bench.server.port, tls: bench.tls.client, nil)
            let tokenless = try await bench.open()
            await bench.pass(.seconds(61))
            try await silent.waitForTheEnd()
            try await tokenless.waitForTheEnd()
            #expect(tokenless.closeError?.condition == .unauthorizedAccess)
        }
    }

    @Test("when the hub stops, or cuts its connections, devices are gone")
    func suspension() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            await bench.server.suspend()
            try await device.client.waitForTheEnd()
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            try await bench.server.resume()
            #expect(try await bench.attach("dev1").get()["desired"] == ["$version": 1])
        }
    }
}
