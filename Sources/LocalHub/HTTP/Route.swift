import IoTHub

/// What a service request asks for.
enum Route: Sendable, Hashable {
    case listDevices(limit: Int)
    case bulk
    case readDevice(String)
    case writeDevice(String)
    case removeDevice(String)
    case readTwin(String)
    case patchTwin(String)
    case replaceTwin(String)

    /// What the sender must be allowed.
    ///
    /// Source: Azure IoT Hub documentation, "Control access to IoT Hub", permissions.
    var permissions: AccessPermissions {
        switch self {
        case .listDevices, .readDevice: .registryRead
        case .bulk, .writeDevice, .removeDevice: .registryWrite
        case .readTwin, .patchTwin, .replaceTwin: .serviceConnect
        }
    }

    /// Bytes that the body of such a request may have.
    ///
    /// The .NET SDK sends whole twins with metadata, several times the size of their limit; a bulk has 100 of them.
    var largestBody: Int {
        switch self {
        case .bulk: 8 * 1024 * 1024
        case .writeDevice, .patchTwin, .replaceTwin: 512 * 1024
        case .listDevices, .readDevice, .removeDevice, .readTwin: 64 * 1024
        }
    }

    /// Most identities in one listing, and how many it has when the request does not say.
    static let largestListing = 1000

    /// Finds the route of a request.
    /// - Throws: `IoTHubError`: `genericNotFound` for an unknown path, `genericMethodNotAllowed` for another method,
    ///   `argumentInvalid` for a bad `top`.
    init(method: String, target: RequestTarget) throws(IoTHubError) {
        switch (target.segments.first, target.segments.count) {
        case ("devices", 1):
            switch method {
            case "GET": self = .listDevices(limit: try Self.limit(target.query["top"]))
            case "POST": self = .bulk
            default: throw Self.wrongMethod(method, target)
            }
        case ("devices", 2):
            let id = target.segments[1]
            switch method {
            case "GET": self = .readDevice(id)
            case "PUT": self = .writeDevice(id)
            case "DELETE": self = .removeDevice(id)
            default: throw Self.wrongMethod(method, target)
            }
        case ("twins", 2):
            let id = target.segments[1]
            switch method {
            case "GET": self = .readTwin(id)
            case "PATCH": self = .patchTwin(id)
            case "PUT": self = .replaceTwin(id)
            default: throw Self.wrongMethod(method, target)
            }
        default:
            throw IoTHubError(.genericNotFound, "no resource '\(target.path.prefix(200))'")
        }
    }

    private static func wrongMethod(_ method: String, _ target: RequestTarget) -> IoTHubError {
        IoTHubError(.genericMethodNotAllowed, "\(method.prefix(20)) is not possible on '\(target.path.prefix(200))'")
    }

    private static func limit(_ text: String?) throws(IoTHubError) -> Int {
        guard let text else { return largestListing }
        guard let limit = Int(text), (1...largestListing).contains(limit) else {
            throw IoTHubError(.argumentInvalid, "top=\(text.prefix(20)) is not a number from 1 to \(largestListing)")
        }
        return limit
    }
}
