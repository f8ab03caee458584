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
        try await client.open()
        print("connected as \(client.deviceID)")

        await client.close()
    }
}
