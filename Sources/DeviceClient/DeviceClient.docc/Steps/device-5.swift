import DeviceClient
import Foundation
import IoTHub

@main
struct Press {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        var options = ClientOptions()
        options.trustedCAFile = environment["IOTHUB_CA_FILE"]
        options.mqttPort = environment["IOTHUB_MQTT_PORT"].flatMap { Int($0) } ?? 8883

        let client = try DeviceClient.create(
            connectionString: environment["IOTHUB_DEVICE_CONNECTION_STRING"] ?? "",
            transport: .mqttTcpOnly,
            options: options
        )
        await client.setConnectionStatusChangesHandler { status, reason in
            print("\(status.rawValue), because \(reason.rawValue)")
        }
        try await client.open()
        print("connected as \(client.deviceID)")

        let twin = try await client.getTwin()
        print("desired \(twin.properties.desired)")

        let version = try await client.updateReportedProperties([
            "connectivity": ["type": "cellular"],
            "DateTimeLastAppLaunch": .string(HubTimestamp.now().description),
        ])
        print("reported, version \(version)")

        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        try await client.setDesiredPropertyUpdateCallback { client, update in
            print("desired, version \(update.version): \(update.properties)")
            do {
                try await client.updateReportedProperties(update.properties)
            } catch {
                print("not reported: \(error)")
            }
            if update.properties["power"] == "off" { stop.finish() }
        }
        print("waiting for desired properties")
        for await _ in stopped {}

        await client.close()
    }
}
