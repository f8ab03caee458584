public import IoTHub
import NIOHTTP1

extension RegistryManager {
    /// Most identities in one listing.
    public static let largestListing = 1000

    /// Registers a device; the hub makes the keys that are missing.
    ///
    /// A failure whose ``ServiceClientError/mayHaveBeenApplied`` is true leaves open whether the device exists now.
    ///
    /// - Parameter device: The identity; members that only the hub sets are ignored by it.
    /// - Returns: The identity as the hub keeps it, keys included.
    /// - Throws: ``ServiceClientError``, with the code `DeviceAlreadyExists` for a known id.
    @discardableResult
    public func addDevice(_ device: Device) async throws -> Device {
        try await put(device, ifMatch: nil)
    }

    /// Reads a device's identity, keys included.
    ///
    /// - Parameter id: The device id.
    /// - Returns: The identity.
    /// - Throws: ``ServiceClientError``, with the code `DeviceNotFound` for an unknown id.
    public func getDevice(_ id: String) async throws -> Device {
        let request = HubRequest.get(try path("devices", id))
        return try await connection.value(of: request) { try Device(json: $0) }
    }

    /// Reads identities, keys included, in no order that the API promises.
    ///
    /// There is no next page: a hub with more devices than that is enumerated by ``createQuery(_:pageSize:)``.
    ///
    /// - Parameter maxCount: 1 to 1,000.
    /// - Returns: At most that many identities.
    /// - Throws: ``ServiceClientError``.
    public func getDevices(maxCount: Int = largestListing) async throws -> [Device] {
        var request = HubRequest.get("/devices")
        guard (1...Self.largestListing).contains(maxCount) else {
            throw WriteCheck(operation: request.name).refuse(
                "maxCount is \(maxCount); expected 1 to \(Self.largestListing)"
            )
        }
        request.query = [("top", "\(maxCount)")]
        return try await connection.value(of: request) { json in
            guard let list = json.arrayValue else { throw UnexpectedAnswer.kind(json, expected: "an array") }
            return try list.map { try Device(json: $0) }
        }
    }

    /// Overwrites a device's identity.
    ///
    /// - Parameters:
    ///   - device: The identity as ``getDevice(_:)`` gave it, with changes; it is written only while the hub's has the
    ///     same entity tag.
    ///   - forceUpdate: Writes it whatever the entity tag.
    /// - Returns: The identity as the hub keeps it now, keys and new entity tag included.
    /// - Throws: ``ServiceClientError``, with the code `PreconditionFailed` for another entity tag and `DeviceNotFound`
    ///   for an unknown id; an identity without entity tag is refused before sending unless forced.
    @discardableResult
    public func updateDevice(_ device: Device, forceUpdate: Bool = false) async throws -> Device {
        guard !forceUpdate else { return try await put(device, ifMatch: "*") }
        guard let etag = device.etag else {
            throw WriteCheck(operation: "PUT \(try path("devices", device.id))").refuse(Self.lacksETag(device.id))
        }
        return try await put(device, ifMatch: etag.rawValue)
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

    /// What is wrong with an identity that shall be compared and cannot.
    static func lacksETag(_ id: String) -> String {
        "device '\(id)' has no etag; read it from the hub first, or force the write"
    }

    private func put(_ device: Device, ifMatch: String?) async throws -> Device {
        var request = HubRequest(method: .PUT, path: try path("devices", device.id), isRepeatable: false)
        try WriteCheck(operation: request.name).device(device)
        request.body = device.json.serialized()
        request.ifMatch = ifMatch
        return try await connection.value(of: request) { try Device(json: $0) }
    }
}
