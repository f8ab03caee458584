import ArgumentParser
import BenchmarkKit
import IoTHub
import ServiceClient

/// What the hub's service API takes from many callers, and how long one caller waits.
///
/// Each command prints one line of JSON that begins with its event.
@main
struct HubLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "HubLoad",
        subcommands: [Fill.self, Writes.self, Points.self, Queries.self]
    )
}

/// Where the hub is.
struct HubOptions: ParsableArguments {
    @Option(help: "A policy's connection string.")
    var hub: String

    @Option(help: "The file with the certificate authority to trust.")
    var ca: String

    @Option(help: "How many requests are under way at once.")
    var concurrency = 64

    /// Calls `body` with a manager that is closed afterwards.
    func withManager(_ body: (RegistryManager) async throws -> Void) async throws {
        var options = ServiceClientOptions()
        options.trustedCAFile = ca
        options.maximumConnections = concurrency
        let manager = try RegistryManager.create(connectionString: hub, options: options)
        do {
            try await body(manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
    }
}

/// The devices that all commands work on: one in ten in the plant that the queries ask for.
enum LoadDevices {
    static func id(_ number: Int) -> String {
        let digits = String(number)
        return "load-" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    }

    static func item(_ number: Int) -> BulkItem {
        var item = BulkItem(deviceID: id(number), mode: .create)
        item.tags = [
            "location": ["region": "US", "plant": number % 10 == 0 ? "Redmond43" : .string("Plant\(number % 10)")],
            "serial": .string("S-\(number)"),
        ]
        item.desired = [
            "telemetryConfig": ["configId": .string("c-\(number)"), "sendFrequency": "5m"],
            "speed": ["type": "5G", "megabits": 17.5],
        ]
        return item
    }
}
