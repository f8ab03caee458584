/// What a shared access policy must allow for a request.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
enum Permission: String, Sendable {
    /// Reading identities.
    case registryRead
    /// Making, changing and removing identities.
    case registryWrite
    /// Twins, queries, jobs.
    case serviceConnect

    /// Azure's built-in roles that allow it.
    ///
    /// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID".
    var roles: String {
        switch self {
        case .registryRead: "IoT Hub Data Contributor, IoT Hub Data Reader, IoT Hub Registry Contributor"
        case .registryWrite: "IoT Hub Data Contributor, IoT Hub Registry Contributor"
        case .serviceConnect: "IoT Hub Data Contributor, IoT Hub Twin Contributor"
        }
    }

    /// The policies of a new hub that have it.
    var policies: String {
        switch self {
        case .registryRead: "iothubowner, registryRead, registryReadWrite"
        case .registryWrite: "iothubowner, registryReadWrite"
        case .serviceConnect: "iothubowner, service"
        }
    }
}
