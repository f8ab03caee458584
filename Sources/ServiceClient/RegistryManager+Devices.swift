public import IoTHub
import NIOHTTP1

extension RegistryManager {
    /// Registers a device; the hub makes the keys that are missing.
    ///
    /// A failure whose ``ServiceClientError/mayHaveBeenApplied`` is true leaves open whether the device exists now.
    ///
    /// - Parameter device: The identity; members that only the hub sets are ignored by it.
    /// - Returns: The identity as the hub keeps it, keys included.
    /// - Throws: ``ServiceClientError``, with the code `DeviceAlreadyExists` for a known id.
    public func addDevice(_ device: Device) async throws -> Device {
        var request = HubRequest(method: .PUT, path: try path("devices", device.id), isRepeatable: false)
        request.body = device.json.serialized()
        return try await decode(connection.send(request), of: request) { try Device(json: $0) }
    }

    /// Reads a device's identity, keys included.
    ///
    /// - Parameter id: The device id.
    /// - Returns: The identity.
    /// - Throws: ``ServiceClientError``, with the code `DeviceNotFound` for an unknown id.
    public func getDevice(_ id: String) async throws -> Device {
        let request = HubRequest.get(try path("devices", id))
        return try await decode(connection.send(request), of: request) { try Device(json: $0) }
    }

    /// Removes a device and its twin.
    ///
    /// - Parameters:
    ///   - id: The device id.
    ///   - etag: The identity's entity tag: the device is removed only while it has this one. `nil`: whichever it has.
    /// - Throws: ``ServiceClientError``, with the code `DeviceNotFound` for an unknown id and `PreconditionFailed` for
    ///   another entity tag.
    public func removeDevice(_ id: String, etag: ETag? = nil) async throws {
        var request = HubRequest(method: .DELETE, path: try path("devices", id), isRepeatable: false)
        request.ifMatch = etag?.rawValue ?? "*"
        _ = try await connection.send(request)
    }
}
