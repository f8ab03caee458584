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

    @Test("a device needs one file, and three for MQTT over a WebSocket")
    func files() {
        for transport in TransportType.allCases where transport != .http1 {
            let devices = Array(repeating: (transport, DeviceAuthentication.sas), count: 10)
            #expect(OpenFileLimit.files(of: fleet(devices)) == (transport == .mqttWebSocketOnly ? 30 : 10))
        }
    }

    @Test("AMQP devices that share connections need fewer; those with certificates do not share")
    func pooledFiles() {
        let tokens = Array(repeating: (TransportType.amqpWebSocketOnly, DeviceAuthentication.sas), count: 21)
        let certificates = Array(repeating: (TransportType.amqp, certificate), count: 5)
        let mqtt = Array(repeating: (TransportType.mqtt, DeviceAuthentication.sas), count: 2)
        #expect(OpenFileLimit.files(of: fleet(tokens + certificates + mqtt, amqpPool: 10)) == 3 + 5 + 2)
        #expect(OpenFileLimit.files(of: fleet(tokens + certificates + mqtt)) == 28)
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
