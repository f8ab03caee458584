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

        let earlier = twin.etag
        try await manager.updateTwin(device.id, patch: ["properties": ["desired": ["power": "on"]]])
        do {
            try await manager.updateTwin(device.id, patch: ["tags": ["line": 4]], etag: earlier)
        } catch let error as ServiceClientError where error.code == .preconditionFailed {
            print("somebody else has written: \(error.message)")
        }

        let query = manager.createQuery(
            "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'",
            pageSize: 100
        )
        for try await twin in query.twins {
            print("\(twin.deviceID) in \(twin.tags["location.plant"]?.stringValue ?? "?")")
        }
    }
}
