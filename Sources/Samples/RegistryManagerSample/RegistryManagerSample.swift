import ArgumentParser
import Foundation
import IoTHub
import ServiceClient

/// Microsoft's sample `RegistryManagerSample` of the Azure IoT Hub SDK, in Swift: a hierarchy of edge devices with a leaf,
/// devices with certificates, a query over all of them, a desired property, and all of it removed again.
@main
struct RegistryManagerSample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "RegistryManagerSample",
        abstract: "Registers devices of every kind, queries for them, and removes them again.",
        discussion: """
            The connection string comes from the environment variable IOTHUB_CONNECTION_STRING; its policy needs registry \
            read and write, and service connect.
            """
    )

    @Option(help: "What the ids of the sample's devices begin with.")
    var prefix = "RegistryManagerSample-"

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
        var sample = Sample(manager: manager, prefix: prefix)
        do {
            try await sample.createDeviceHierarchy()
            try await sample.addDeviceWithSelfSignedCertificate()
            try await sample.addDeviceWithCertificateAuthority()
            try await sample.enumerateTwins()
            try await sample.updateDesiredProperty()
        } catch {
            print("Failed: \(error)")
            try await sample.removeDevices()
            try await manager.close()
            throw ExitCode.failure
        }
        try await sample.removeDevices()
        try await manager.close()
    }
}

/// The steps, and what they have registered.
private struct Sample {
    let manager: RegistryManager
    let prefix: String
    private var added: [String] = []

    init(manager: RegistryManager, prefix: String) {
        self.manager = manager
        self.prefix = prefix
    }

    /// An edge device below an edge device, and a leaf device below that one.
    mutating func createDeviceHierarchy() async throws {
        let edge = DeviceCapabilities(iotEdge: true)
        let parent = try await add(Device(id: "\(prefix)edgeParent", capabilities: edge))
        print("Added edge device \(parent.id) with scope \(parent.deviceScope ?? "none")")

        let parentScopes = parent.deviceScope.map { [$0] } ?? []
        let child = try await add(Device(id: "\(prefix)edgeChild", capabilities: edge, parentScopes: parentScopes))
        print("Added edge device \(child.id) below \(child.parentScopes.joined(separator: ", "))")

        let leaf = try await add(Device(id: "\(prefix)leaf", deviceScope: child.deviceScope))
        print("Added leaf device \(leaf.id) below \(leaf.parentScopes.joined(separator: ", "))")
    }

    /// A device whose certificate is known by its thumbprint; the second one is for the next certificate.
    mutating func addDeviceWithSelfSignedCertificate() async throws {
        let device = try await add(
            Device(
                id: "\(prefix)selfSigned",
                authentication: .selfSigned(
                    primaryThumbprint: "921BC9694ADEB8929D4F7FE4B9A3A6DE58B0790B",
                    secondaryThumbprint: "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"
                )
            )
        )
        let thumbprint = device.authentication.x509Thumbprint
        print("Added device \(device.id) with thumbprint \(thumbprint?.primaryThumbprint ?? "none")")
    }

    /// A device whose certificate is signed by an authority that the hub trusts.
    mutating func addDeviceWithCertificateAuthority() async throws {
        let device = try await add(
            Device(id: "\(prefix)certificateAuthority", authentication: .certificateAuthority)
        )
        print("Added device \(device.id) with authentication \(device.authentication.type.rawValue)")
    }

    /// All twins of the hub, page by page.
    func enumerateTwins() async throws {
        print("Twins of the sample's devices:")
        for try await twin in manager.createQuery("SELECT * FROM devices", pageSize: 100).twins
        where added.contains(twin.deviceID) {
            print("  \(twin.deviceID): \(twin.status?.rawValue ?? ""), \(twin.authenticationType?.rawValue ?? "")")
        }
    }

    /// A desired property for the leaf device.
    func updateDesiredProperty() async throws {
        var twin = try await manager.getTwin("\(prefix)leaf")
        twin.properties.desired["customKey"] = "customValue"
        twin = try await manager.updateTwin(twin.deviceID, twinPatch: twin, etag: twin.etag)
        print("Updated \(twin.deviceID): desired \(twin.properties.desired)")
    }

    /// Removes what the sample has registered, as far as it came, and nothing else.
    mutating func removeDevices() async throws {
        let result = try await manager.removeDevices2(added)
        print("Removed \(added.count - result.errors.count) devices")
        for error in result.errors { print("  \(error.deviceID): \(error.status)") }
        added = []
    }

    private mutating func add(_ device: Device) async throws -> Device {
        let device = try await manager.addDevice(device)
        added.append(device.id)
        return device
    }
}
