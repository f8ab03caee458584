public import IoTHub
import NIOHTTP1

extension RegistryManager {
    /// Most items in one bulk request.
    public static let largestBulk = 100

    /// Carries out up to 100 registry or twin operations with one request.
    ///
    /// Each item counts as one operation for the hub's throttling. Some items may succeed while others fail.
    ///
    /// - Parameter items: At most 100, each device at most once. None at all is a success without a request.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused, or an item breaks a limit.
    public func bulk(_ items: [BulkItem]) async throws -> BulkRegistryOperationResult {
        guard !items.isEmpty else { return BulkRegistryOperationResult(isSuccessful: true) }
        var request = HubRequest(
            method: .POST,
            path: "/devices",
            isRepeatable: items.allSatisfy { $0.mode == .createOrUpdate && !$0.writesTwin }
        )
        let check = WriteCheck(operation: request.name)
        guard items.count <= Self.largestBulk else {
            throw check.refuse(
                "\(items.count) items in one bulk request; the hub takes at most \(Self.largestBulk)"
            )
        }
        for item in items { try item.check(check) }
        request.body = JSON.array(items.map(\.json)).serialized()
        // A bulk request with any failed item is answered with 400 and the result as the body.
        request.alsoAccepted = [400]
        let response = try await connection.send(request)
        if response.status == .badRequest, (try? JSON(response.body))?["isSuccessful"] == nil {
            throw connection.error(from: response, operation: request.name)
        }
        return try connection.decode(response, of: request) { try BulkRegistryOperationResult(json: $0) }
    }

    /// Registers up to 100 devices that do not exist yet; the hub makes the keys that are missing.
    ///
    /// - Parameter devices: At most 100.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    @discardableResult
    public func addDevices2(_ devices: [Device]) async throws -> BulkRegistryOperationResult {
        try await bulk(devices.map { BulkItem(deviceID: $0.id, mode: .create, device: $0) })
    }

    /// Registers a device together with tags and desired properties of its twin.
    ///
    /// - Parameters:
    ///   - device: The identity.
    ///   - twin: The twin; its tags and desired properties are used.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    @discardableResult
    public func addDeviceWithTwin(_ device: Device, twin: Twin) async throws -> BulkRegistryOperationResult {
        var item = BulkItem(deviceID: device.id, mode: .create, device: device)
        item.tags = twin.tags.values
        item.desired = twin.properties.desired.values
        return try await bulk([item])
    }

    /// Overwrites up to 100 identities.
    ///
    /// - Parameters:
    ///   - devices: At most 100, each written only while the hub's has the same entity tag.
    ///   - forceUpdate: Writes them whatever their entity tags.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused, and before sending for a device without
    ///   entity tag unless forced.
    @discardableResult
    public func updateDevices2(
        _ devices: [Device],
        forceUpdate: Bool = false
    ) async throws -> BulkRegistryOperationResult {
        try await bulk(
            devices.map { device in
                try item(device, forced: .update, compared: .updateIfMatchETag, isForced: forceUpdate)
            }
        )
    }

    /// Removes up to 100 devices and their twins.
    ///
    /// - Parameters:
    ///   - devices: At most 100, each removed only while the hub's has the same entity tag.
    ///   - forceRemove: Removes them whatever their entity tags.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused, and before sending for a device without
    ///   entity tag unless forced.
    @discardableResult
    public func removeDevices2(
        _ devices: [Device],
        forceRemove: Bool = false
    ) async throws -> BulkRegistryOperationResult {
        try await bulk(
            devices.map { device in
                var item = try item(device, forced: .delete, compared: .deleteIfMatchETag, isForced: forceRemove)
                item.device = nil
                return item
            }
        )
    }

    /// Removes up to 100 devices and their twins, whatever their entity tags.
    ///
    /// - Parameter ids: At most 100.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    @discardableResult
    public func removeDevices2(_ ids: [String]) async throws -> BulkRegistryOperationResult {
        try await bulk(ids.map { BulkItem(deviceID: $0, mode: .delete) })
    }

    private func item(
        _ device: Device,
        forced: ImportMode,
        compared: ImportMode,
        isForced: Bool
    ) throws -> BulkItem {
        var item = BulkItem(deviceID: device.id, mode: isForced ? forced : compared, device: device)
        guard !isForced else { return item }
        guard let etag = device.etag else {
            throw WriteCheck(operation: "POST /devices").refuse(Self.lacksETag(device.id))
        }
        item.etag = etag
        return item
    }
}

extension BulkItem {
    /// Makes sure of an item before it is sent.
    fileprivate func check(_ check: WriteCheck) throws {
        try check.id(deviceID)
        do {
            if var device {
                device.id = deviceID
                try check.device(device)
            }
            try check.twin(TwinWrite(tags: tags, desired: desired))
        } catch var error as ServiceClientError {
            error.message = "device '\(deviceID)': \(error.message)"
            throw error
        }
    }
}
