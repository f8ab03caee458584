import Fleet
import IoTHub
import LocalHub
import ServiceClient
import TestKit

@testable import FleetRunner

/// What suites of runs against a hub in this process share.
protocol WholeRunSuite {}

extension WholeRunSuite {
    func fleet(
        devices: Int = 12,
        rate: Double = 60,
        duration: Duration = .seconds(3),
        transports: [TransportType] = [.mqtt, .mqttTcpOnly],
        auth: DeviceAuthentication = .sas,
        amqpPool: Int? = nil
    ) -> Fleet {
        let all = (0..<devices).map { index in
            FleetDevice(
                id: "press-\(index)",
                index: index,
                transport: transports[index % transports.count],
                auth: auth,
                connectivity: index.isMultiple(of: 3) ? "wifi" : "cellular",
                tags: ["location": ["plant": .string("Munich\(index % 2)")]]
            )
        }
        return Fleet(
            file: "fleet.yaml",
            name: "test",
            seed: 42,
            amqpPool: amqpPool,
            duration: duration,
            devices: all,
            workload: [
                WorkloadItem(
                    pace: .rate(perSecond: rate),
                    desired: DesiredTemplate(["speed": ["type": "5G"], "level": 7]),
                    devices: Array(all.indices)
                )
            ]
        )
    }

    /// Settings under which a busy machine does not decide a test: how late and how fast is what benchmarks measure.
    func patient(usesBulk: Bool = false, cleansUp: Bool = false) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.scheduleLagLimit = .seconds(60)
        configuration.leastDeliveredShare = 0.1
        configuration.drainLimit = .seconds(60)
        configuration.cleansUp = cleansUp
        if usesBulk { configuration.bulkThresholdPerSecond = 1 }
        return configuration
    }

    /// How a run reaches a hub of a test.
    func endpoint(of test: TestHub) -> HubEndpoint {
        HubEndpoint(
            access: .connectionString(test.hub.connectionString()),
            trustedCAFile: test.hub.certificateAuthorityFile,
            mqttPort: test.hub.mqttPort,
            amqpPort: test.hub.amqpPort,
            webSocketPort: test.hub.httpsPort,
            isOnThisMachine: true
        )
    }
}

/// The back end of a test.
enum TestManager {
    static func make(_ hub: LocalHub) throws -> RegistryManager {
        var options = ServiceClientOptions()
        options.trustedCAFile = hub.certificateAuthorityFile
        return try RegistryManager.create(connectionString: hub.connectionString(), options: options)
    }
}
