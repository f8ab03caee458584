import IoTHub
public import LocalHub

/// A local hub in the test's own process: on free ports of loopback, without a data folder, always stopped.
public struct TestHub: Sendable {
    /// The hub.
    public let hub: LocalHub

    /// Runs a body with a hub of its own.
    /// - Parameters:
    ///   - configure: changes the set-up; ports are already 0.
    ///   - body: what to do with the hub; it is stopped afterwards, also when the body throws.
    /// - Returns: what the body returned.
    /// - Throws: what the start or the body throws.
    public static func with<Result: Sendable>(
        configure: (inout LocalHub.Configuration) -> Void = { _ in },
        _ body: (TestHub) async throws -> Result
    ) async throws -> Result {
        var configuration = LocalHub.Configuration()
        configuration.mqttPort = 0
        configuration.amqpPort = 0
        configuration.httpsPort = 0
        configure(&configuration)
        let hub = try await LocalHub.start(configuration)
        do {
            let result = try await body(TestHub(hub: hub))
            await hub.stop()
            return result
        } catch {
            await hub.stop()
            throw error
        }
    }

    /// Registers a device.
    /// - Parameter id: the device id.
    /// - Returns: the device's connection string; its host carries no port, as devices want it.
    /// - Throws: `IoTHubError` when the id is taken or bad.
    public func addDevice(_ id: String) throws -> String {
        let device = try hub.registry.createDevice(Device(id: id))
        let key = device.authentication.symmetricKey?.primaryKey ?? ""
        return ConnectionString(
            hostName: "localhost",
            credential: .deviceKey(deviceID: id, moduleID: nil, key: key)
        ).text
    }
}
