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

    /// The policies of a new hub that have it.
    var policies: String {
        switch self {
        case .registryRead: "iothubowner, registryRead, registryReadWrite"
        case .registryWrite: "iothubowner, registryReadWrite"
        case .serviceConnect: "iothubowner, service"
        }
    }
}
