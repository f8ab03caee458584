import Foundation
import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("Starting and stopping a hub", .timeLimit(.minutes(2)))
struct LocalHubTests {
    @Test("a started hub tells how it is reached")
    func started() async throws {
        try await TestHub.with { test in
            #expect(test.hub.policyNames == ["iothubowner", "service", "device", "registryRead", "registryReadWrite"])
            let string = try ConnectionString(parsing: test.hub.connectionString(policy: "device"))
            #expect(string.host == "localhost")
            #expect(string.port == test.hub.httpsPort)
            #expect(test.hub.connectionString(policy: "nobody").isEmpty)
            #expect(FileManager.default.fileExists(atPath: test.hub.certificateAuthorityFile))
        }
    }

    @Test("stopping removes the temporary folder and frees the ports; a second stop does nothing")
    func stopped() async throws {
        for _ in 0..<8 {
            let (file, port) = try await TestHub.with { test in
                (test.hub.certificateAuthorityFile, test.hub.httpsPort)
            }
            #expect(!FileManager.default.fileExists(atPath: (file as NSString).deletingLastPathComponent))
            do {
                try await TestHub.with(configure: { $0.httpsPort = port }) { test in
                    #expect(test.hub.httpsPort == port)
                    await test.hub.stop()
                }
                return
            } catch let error as LocalHubError where error.reason == .portInUse {
                // Another program may have been quicker; not each time.
            }
        }
        Issue.record("the port is never free again")
    }

    @Test("a hub stops while a client holds an idle connection")
    func idleClient() async throws {
        let hub = try await TestHub.with { test in
            let request = "GET /devices HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let answer = try await RawClient(hub: test.hub).exchange(request) { await test.hub.stop() }
            #expect(answer.hasPrefix("HTTP/1.1 401"))
            return test.hub
        }
        #expect(!FileManager.default.fileExists(atPath: hub.certificateAuthorityFile))
    }

    @Test("a port in use is named with the option that helps, and nothing stays behind", arguments: Listener.allCases)
    func portInUse(_ listener: Listener) async throws {
        try await TestHub.with { test in
            let (port, option) =
                switch listener {
                case .mqtt: (test.hub.mqttPort, "--mqtt-port")
                case .amqp: (test.hub.amqpPort, "--amqp-port")
                case .https: (test.hub.httpsPort, "--https-port")
                }
            let error = await #expect(throws: LocalHubError.self) {
                try await TestHub.with(configure: {
                    switch listener {
                    case .mqtt: $0.mqttPort = port
                    case .amqp: $0.amqpPort = port
                    case .https: $0.httpsPort = port
                    }
                }) { _ in }
            }
            #expect(error?.reason == .portInUse)
            #expect(error?.description.contains("port \(port) ") == true)
            #expect(error?.description.contains(option) == true)
        }
    }

    @Test("devices can be suspended and resumed on their ports, one protocol or both, while HTTPS goes on")
    func suspension() async throws {
        try await TestHub.with { test in
            let ports = [test.hub.mqttPort, test.hub.amqpPort]
            // For MQTT a CONNECT packet of no length, for AMQP no header: the connection is taken and then closed.
            func isReached(_ port: Int) async -> Bool {
                let text = "\u{10}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"
                return (try? await RawClient(hub: test.hub, port: port).exchange(text)) != nil
            }
            func areReached() async -> [Bool] { await [isReached(ports[0]), isReached(ports[1])] }
            #expect(await areReached() == [true, true])
            try await test.hub.suspendMQTT()
            #expect(await areReached() == [false, true])
            try await test.hub.resumeMQTT()
            try await test.hub.suspendAMQP()
            #expect(await areReached() == [true, false])
            try await test.hub.resumeAMQP()
            try await test.hub.suspendDevices()
            #expect(await areReached() == [false, false])
            let answer = try await RawClient(hub: test.hub).exchange(
                "GET /devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 401"))
            try await test.hub.resumeDevices()
            #expect([test.hub.mqttPort, test.hub.amqpPort] == ports)
            #expect(await areReached() == [true, true])
        }
    }

    @Test("an address of another machine, or none, is refused", arguments: ["192.0.2.1", "not an address"])
    func badAddress(_ address: String) async throws {
        let error = await #expect(throws: LocalHubError.self) {
            try await TestHub.with(configure: { $0.bindAddress = address }) { _ in }
        }
        #expect(error?.reason == .badAddress)
        #expect(error?.description.contains(address) == true)
    }

    @Test("two hubs run side by side and do not share identities or keys")
    func sideBySide() async throws {
        try await TestHub.with { first in
            try await TestHub.with { second in
                _ = try first.addDevice("d")
                #expect(second.hub.registry.devices().isEmpty)
                #expect(first.hub.registry.policies != second.hub.registry.policies)
            }
        }
    }
}
