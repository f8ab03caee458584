import IoTHub
import ServiceClient
import TestKit
import Testing

/// A `twinfleet hub` of its own for one of the samples, and a back end to look at it with.
struct SampleHub {
    /// The connection string of the policy that may do everything.
    let connectionString: String
    /// The connection string of a policy as the article has it: registry read and service connect.
    let articlesConnectionString: String
    /// The file of the authority to trust.
    let authority: String
    /// The port for devices over MQTT.
    let mqttPort: Int64
    /// The port for devices over AMQP.
    let amqpPort: Int64
    /// The back end.
    let manager: RegistryManager

    /// Runs a body with a hub, which is stopped afterwards.
    static func with(_ body: (SampleHub) async throws -> Void) async throws {
        let bench = try Workbench()
        let (program, ready) = try await bench.startHub("--policy", "article=registryRead,serviceConnect")
        let connectionString = try #require(ready["connectionString"]?.stringValue)
        let authority = try #require(ready["ca"]?.stringValue)
        var options = ServiceClientOptions()
        options.trustedCAFile = authority
        let hub = SampleHub(
            connectionString: connectionString,
            articlesConnectionString: try #require(ready["connectionStrings"]?["article"]?.stringValue),
            authority: authority,
            mqttPort: try #require(ready["mqttPort"]?.integerValue),
            amqpPort: try #require(ready["amqpPort"]?.integerValue),
            manager: try RegistryManager.create(connectionString: connectionString, options: options)
        )
        do {
            try await body(hub)
        } catch {
            try await hub.manager.close()
            throw error
        }
        try await hub.manager.close()
        try program.closeInput()
        #expect(await program.outcome().exitCode == 0)
    }

    /// Registers a device and returns its connection string.
    func addDevice(_ id: String) async throws -> String {
        let device = try await manager.addDevice(Device(id: id))
        let key = try #require(device.authentication.symmetricKey?.primaryKey)
        return ConnectionString(
            hostName: "localhost",
            credential: .deviceKey(deviceID: id, moduleID: nil, key: key)
        ).text
    }

    /// Runs a sample of the back end to its end.
    /// - Parameters:
    ///   - sample: its name.
    ///   - arguments: more arguments.
    ///   - connectionString: the policy's; nil for the one that may do everything.
    /// - Returns: how it ended and what it printed.
    /// - Throws: when it cannot be started.
    func run(
        _ sample: String,
        _ arguments: String...,
        by connectionString: String? = nil
    ) async throws -> ChildProgram.Outcome {
        try await ChildProgram(
            ChildProgram.executable(sample),
            ["--ca", authority] + arguments,
            environment: ["IOTHUB_CONNECTION_STRING": connectionString ?? self.connectionString]
        ).outcome()
    }
}
