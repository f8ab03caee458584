import Fleet
import IoTHub

@testable import FleetRunner

/// Fleets and machines for the tests of plans.
enum PlanSamples {
    /// A fleet whose devices are all changed in turn.
    static func fleet(
        devices: Int = 100,
        transports: [TransportType] = [.mqttTcpOnly],
        hub: HubSetting = HubSetting(),
        connect: Double? = nil,
        amqpPool: Int? = nil,
        rate: Double = 10,
        duration: Duration = .seconds(20),
        queries: [DeviceCondition] = []
    ) -> Fleet {
        let all = (0..<devices).map { index in
            FleetDevice(id: "press-\(index)", index: index, transport: transports[index % transports.count])
        }
        return Fleet(
            file: "fleet.yaml",
            name: "planned",
            hub: hub,
            connectPerSecond: connect,
            amqpPool: amqpPool,
            duration: duration,
            devices: all,
            workload: [
                WorkloadItem(
                    pace: .rate(perSecond: rate),
                    desired: DesiredTemplate(["speed": 7]),
                    devices: Array(all.indices)
                )
            ],
            queries: queries
        )
    }

    /// A machine on which every fleet of a few thousand devices works.
    static func machine(
        files: Int = 20_000,
        greatest: Int? = 1_048_576,
        ports: ClosedRange<Int> = MachineFacts.usualSourcePorts,
        memory: Int64? = 8 << 30,
        swap: Int64 = 0
    ) -> MachineFacts {
        MachineFacts(
            softOpenFiles: min(1024, files),
            hardOpenFiles: files,
            greatestOpenFiles: greatest,
            sourcePorts: ports,
            processors: 2,
            availableMemoryBytes: memory,
            freeSwapBytes: swap
        )
    }

    static func tier(_ tier: HubTier, units: Int = 1) -> HubSetting { HubSetting(tier: tier, units: units) }

    /// A hub that is not the built-in one.
    static func remote(_ tier: HubTier? = nil) -> HubSetting {
        HubSetting(address: .entra(host: "myhub.azure-devices.net", .environment), tier: tier)
    }
}

extension FleetPlan {
    func findings(_ severity: PlanFinding.Severity, about subject: String) -> [PlanFinding] {
        findings.filter { $0.severity == severity && $0.subject == subject }
    }

    func duration(of phase: RunPhase) -> Duration? { phases.first { $0.phase == phase }?.duration }
}
