import Foundation
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
    }
}
