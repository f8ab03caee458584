import DeviceClient
import Fleet
import Foundation
import IoTHub
import LocalHub
import NIOConcurrencyHelpers
import ServiceClient
import TestKit
import Testing

@testable import FleetRunner

@Suite("Runs over all transports", .timeLimit(.minutes(5)))
struct TransportRunTests: WholeRunSuite {
    @Test("a fleet over all transports passes, with latencies for each", arguments: [nil, 5])
    func mixed(amqpPool: Int?) async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: fleet(
                    devices: 24,
                    transports: [
                        .mqtt, .amqp, .mqttTcpOnly, .amqpTcpOnly, .mqttWebSocketOnly, .amqpWebSocketOnly,
                    ],
                    amqpPool: amqpPool
                ),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(result.accounting.delivered == 180 && result.accounting.acknowledged == 180)
            #expect(result.verifiedDevices == 24 && result.mismatches.isEmpty)
            let groups = result.latencies.first { $0.dimension == "transport" }?.groups ?? []
            #expect(
                groups.map(\.name) == [
                    "Amqp", "Amqp_Tcp_Only", "Amqp_WebSocket_Only", "Mqtt", "Mqtt_Tcp_Only", "Mqtt_WebSocket_Only",
                ]
            )
            #expect(result.latencies.allSatisfy { $0.dimension != "active_transport" })
            #expect(groups.allSatisfy { $0.devices == 4 && ($0.histograms[.sync]?.count ?? 0) > 0 })
            #expect(groups.reduce(0) { $0 + Int($1.histograms[.sync]?.count ?? 0) } == 180)
        }
    }

    @Test("where TCP does not get through, devices with a choice come up over WebSockets, and the result says so")
    func fallback() async throws {
        try await TestHub.with { test in
            try await test.hub.suspendMQTT()
            let result = try await FleetRun(
                fleet: fleet(devices: 6, rate: 12, duration: .seconds(1), transports: [.mqtt, .amqp]),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(
                result.devices.transports == [
                    TransportUse(declared: .amqp, devices: 3, routes: [.init(transport: .amqpTcpOnly, devices: 3)]),
                    TransportUse(
                        declared: .mqtt,
                        devices: 3,
                        routes: [.init(transport: .mqttWebSocketOnly, devices: 3)]
                    ),
                ]
            )
            let active = result.latencies.first { $0.dimension == "active_transport" }?.groups ?? []
            #expect(active.map(\.name) == ["Amqp_Tcp_Only", "Mqtt_WebSocket_Only"])
            #expect(active.allSatisfy { $0.devices == 3 && ($0.histograms[.sync]?.count ?? 0) > 0 })
        }
    }

    @Test("AMQP devices share WebSockets, too")
    func pooledWebSockets() async throws {
        try await TestHub.with { test in
            let result = try await FleetRun(
                fleet: fleet(devices: 10, duration: .seconds(1), transports: [.amqpWebSocketOnly], amqpPool: 5),
                endpoint: endpoint(of: test),
                configuration: patient()
            ).run()
            #expect(result.verdict == .pass, "\(result.reasons) \(result.errors)")
            #expect(result.devices.transports.map(\.fallbacks) == [0])
        }
    }
}
