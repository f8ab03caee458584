import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("The connections of a fleet")
struct ConnectionsTests {
    private func fleet(_ devices: [(TransportType, DeviceAuthentication)], amqpPool: Int? = nil) -> Fleet {
        let all = devices.enumerated().map { FleetDevice(id: "d\($0)", transport: $1.0, auth: $1.1) }
        return Fleet(
            file: "f",
            name: "f",
            amqpPool: amqpPool,
            duration: .seconds(1),
            devices: all,
            workload: [WorkloadItem(pace: .rate(perSecond: 1), desired: DesiredTemplate(["a": 1]), devices: [0])]
        )
    }

    private let certificate = DeviceAuthentication.x509(X509Setting(kind: .selfSigned))

    /// Files that a fleet's devices need, over one lane.
    private func files(_ devices: [(TransportType, DeviceAuthentication)], amqpPool: Int? = nil) -> Int {
        MachineNeeds(of: fleet(devices, amqpPool: amqpPool), changes: 0, lanes: 1).shares.reduce(0) { $0 + $1.files }
    }

    @Test("a device needs one file, and three for MQTT over a WebSocket")
    func files() {
        for transport in TransportType.allCases where transport != .http1 {
            let devices = Array(repeating: (transport, DeviceAuthentication.sas), count: 10)
            #expect(files(devices) == (transport == .mqttWebSocketOnly ? 30 : 10))
        }
    }

    @Test("AMQP devices that share connections need fewer; those with certificates do not share")
    func pooledFiles() {
        let tokens = Array(repeating: (TransportType.amqpWebSocketOnly, DeviceAuthentication.sas), count: 21)
        let certificates = Array(repeating: (TransportType.amqp, certificate), count: 5)
        let mqtt = Array(repeating: (TransportType.mqtt, DeviceAuthentication.sas), count: 2)
        #expect(files(tokens + certificates + mqtt, amqpPool: 10) == 3 + 5 + 2)
        #expect(files(tokens + certificates + mqtt) == 28)
    }

    @Test("each lane shares connections of its own, and TCP and WebSockets do not mix")
    func lanes() {
        let mixed = (0..<40).map { index in
            (index < 20 ? TransportType.amqpTcpOnly : .amqpWebSocketOnly, DeviceAuthentication.sas)
        }
        func connections(_ lanes: Int) -> [Carrier: Int] {
            FleetConnections(of: fleet(mixed, amqpPool: 10), lanes: lanes).connections
        }
        // Forty devices take four connections; both kinds may have so many, which is what the clients are told.
        #expect(connections(1) == [.sharedAMQP: 4, .sharedAMQPWebSocket: 4])
        #expect(connections(3) == [.sharedAMQP: 6, .sharedAMQPWebSocket: 6])
    }

    @Test("what the devices of each transport came up over is counted, and fallbacks are told apart")
    func uses() {
        let uses = TransportUse.count([
            (.mqtt, .mqttTcpOnly), (.amqp, nil), (.mqtt, .mqttWebSocketOnly), (.mqtt, .mqttTcpOnly),
            (.mqttWebSocketOnly, .mqttWebSocketOnly), (.amqp, .amqpWebSocketOnly),
        ])
        #expect(
            uses == [
                TransportUse(declared: .amqp, devices: 2, routes: [.init(transport: .amqpWebSocketOnly, devices: 1)]),
                TransportUse(
                    declared: .mqtt,
                    devices: 3,
                    routes: [
                        .init(transport: .mqttTcpOnly, devices: 2), .init(transport: .mqttWebSocketOnly, devices: 1),
                    ]
                ),
                TransportUse(
                    declared: .mqttWebSocketOnly,
                    devices: 1,
                    routes: [.init(transport: .mqttWebSocketOnly, devices: 1)]
                ),
            ]
        )
        #expect(uses.map(\.fallbacks) == [1, 1, 0])
        #expect(uses.map(\.hasChoice) == [true, true, false])
    }

    @Test("the fingerprint tells fleets apart that connect differently")
    func fingerprint() throws {
        func print(_ fleet: Fleet) throws -> String { Fingerprint.of(fleet, try Schedule(of: fleet)) }
        let plain = try print(fleet([(.amqp, .sas)]))
        #expect(try print(fleet([(.amqp, .sas)])) == plain)
        #expect(try print(fleet([(.amqp, .sas)], amqpPool: 10)) != plain)
        #expect(try print(fleet([(.amqp, .sas)], amqpPool: 10)) != print(fleet([(.amqp, .sas)], amqpPool: 20)))
        #expect(try print(fleet([(.amqp, certificate)])) != plain)
    }
}
