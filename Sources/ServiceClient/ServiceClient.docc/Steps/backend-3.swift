import Foundation
import IoTHub
import ServiceClient

@main
struct BackEnd {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        var options = ServiceClientOptions()
        options.trustedCAFile = environment["IOTHUB_CA_FILE"]

        let manager = try RegistryManager.create(
            connectionString: environment["IOTHUB_CONNECTION_STRING"] ?? "",
            options: options
        )
        do {
            try await work(with: manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
    }

    static func work(with manager: RegistryManager) async throws {
        let statistics = try await manager.getRegistryStatistics()
        print("\(statistics.totalDeviceCount) devices")

        let device = try await manager.addDevice(Device(id: "press-1"))
        print("added \(device.id)")

        var twin = try await manager.getTwin(device.id)
        twin.tags["location"] = ["region": "US", "plant": "Redmond43"]
        twin.properties.desired["telemetryConfig.sendFrequency"] = "5m"
        twin = try await manager.updateTwin(device.id, twinPatch: twin, etag: twin.etag)
        print("desired, version \(twin.properties.desired.version ?? 0)")
    }
}
