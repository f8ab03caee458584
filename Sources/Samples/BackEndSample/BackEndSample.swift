import ArgumentParser
import Foundation
import IoTHub
import ServiceClient

/// The back end of Microsoft's article "Get started with device twins", in Swift: it tags a device, finds it by queries,
/// and changes its desired properties in every way there is.
@main
struct BackEndSample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "BackEndSample",
        abstract: "Tags a device, queries for it, and changes its desired properties.",
        discussion: """
            The connection string comes from the environment variable IOTHUB_CONNECTION_STRING; the article's policy, with \
            service connect and registry read, will do. Changing many twins with one request takes registry write, too; \
            without it that step is left out. The device must be registered. Run TwinSample as the device to see its side.
            """
    )

    @Option(help: "The device.")
    var device = "myDeviceId"

    @Option(help: "A PEM file with the authority to trust, such as a local hub's ca.pem; default: the system's.")
    var ca: String?

    func run() async throws {
        let connectionString = ProcessInfo.processInfo.environment["IOTHUB_CONNECTION_STRING"] ?? ""
        guard !connectionString.isEmpty else {
            throw ValidationError("set IOTHUB_CONNECTION_STRING to the connection string of a shared access policy")
        }
        var options = ServiceClientOptions()
        options.trustedCAFile = ca
        let manager = try RegistryManager.create(connectionString: connectionString, options: options)
        do {
            try await addTagsAndQuery(manager)
            try await updateDesiredByJSON(manager)
            try await updateDesiredByObject(manager)
            try await updateManyTwins(manager)
            try await replaceTwin(manager)
        } catch {
            try await manager.close()
            throw error
        }
        try await manager.close()
    }

    /// The article's `AddTagsAndQuery`.
    private func addTagsAndQuery(_ manager: RegistryManager) async throws {
        let twin = try await manager.getTwin(device)
        let patch = """
            { "tags": { "location": { "region": "US", "plant": "Redmond43" } } }
            """
        try await manager.updateTwin(device, jsonTwinPatch: patch, etag: twin.etag)

        var query = manager.createQuery("SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'", pageSize: 100)
        let inRedmond43 = try await query.nextAsTwin()
        print("Devices in Redmond43: \(inRedmond43.map(\.deviceID).joined(separator: ", "))")

        query = manager.createQuery(
            """
            SELECT * FROM devices WHERE tags.location.plant = 'Redmond43' \
            AND properties.reported.connectivity.type = 'cellular'
            """,
            pageSize: 100
        )
        let usingCellular = try await query.nextAsTwin()
        print("Devices in Redmond43 using cellular network: \(usingCellular.map(\.deviceID).joined(separator: ", "))")
    }

    /// A JSON patch that is only taken while nobody else has written.
    private func updateDesiredByJSON(_ manager: RegistryManager) async throws {
        let twin = try await manager.getTwin(device)
        let patch = """
            { "properties": { "desired": { "telemetryConfig": { "configId": "1", "sendFrequency": "5m" } } } }
            """
        let updated = try await manager.updateTwin(device, jsonTwinPatch: patch, etag: twin.etag)
        print("Desired by JSON: version \(updated.properties.desired.version ?? 0)")

        // The twin read before has an old ETag by now, so a second writer who relies on it is refused.
        do {
            try await manager.updateTwin(device, jsonTwinPatch: patch, etag: twin.etag)
        } catch let error as ServiceClientError where error.code == .preconditionFailed {
            print("The old ETag is refused: \(error.message)")
        }
    }

    /// A twin that is read, changed and written: only what was changed goes over the wire.
    private func updateDesiredByObject(_ manager: RegistryManager) async throws {
        var twin = try await manager.getTwin(device)
        twin.properties.desired["telemetryConfig.sendFrequency"] = "1m"
        twin.properties.desired["ledColor"] = "green"
        print("Desired by object, to send: \(twin.changes.json)")
        twin = try await manager.updateTwin(device, twinPatch: twin, etag: twin.etag)
        let time = twin.properties.desired.lastUpdated(at: "telemetryConfig.sendFrequency")
        print("Desired by object: \(twin.properties.desired), changed at \(time ?? .never)")
    }

    /// Many twins with one request; each has its own result.
    private func updateManyTwins(_ manager: RegistryManager) async throws {
        let result: BulkRegistryOperationResult
        do {
            result = try await manager.updateTwins2([
                TwinUpdate(deviceID: device, desired: ["ledColor": "red"]),
                TwinUpdate(deviceID: "\(device)-that-is-not-there", desired: ["ledColor": "red"]),
            ])
        } catch let error as ServiceClientError where error.status == 401 {
            // Unlike changes to one twin, a bulk request counts as a write to the registry.
            print("Many twins: left out, for the policy lacks registry write (the hub answers 401)")
            return
        }
        print("Many twins: \(result.isSuccessful ? "all written" : "\(result.errors.count) failed")")
        for error in result.errors { print("  \(error.deviceID): \(error.code?.name ?? "") \(error.status)") }
    }

    /// Everything new: members that are not named are gone.
    private func replaceTwin(_ manager: RegistryManager) async throws {
        let twin = try await manager.getTwin(device)
        let new = Twin(tags: ["location": ["region": "US", "plant": "Redmond43"]], desired: ["ledColor": "blue"])
        let replaced = try await manager.replaceTwin(device, newTwin: new, etag: twin.etag)
        print("Replaced: tags \(replaced.tags), desired \(replaced.properties.desired)")
    }
}
