public import IoTHub
import NIOHTTP1

// Twins. A write is checked before it is sent: what breaks a limit of a twin, or stands where the hub would ignore it, is
// refused as `invalidArgument` with its path. A write is not tried again when its fate is unknown, since a second time
// would raise `$version` twice.
extension RegistryManager {
    /// Reads a device's twin.
    ///
    /// - Parameter deviceID: The device id.
    /// - Returns: The whole twin, metadata included.
    /// - Throws: ``ServiceClientError``, with the code `DeviceNotFound` for an unknown id.
    public func getTwin(_ deviceID: String) async throws -> Twin {
        let request = HubRequest.get(try path("twins", deviceID))
        return try await connection.value(of: request) { try Twin(json: $0) }
    }

    /// Writes what was changed in a twin's tags and desired properties.
    ///
    /// For a twin that came from a hub, only the members that differ from what had come are sent, removed ones as null;
    /// for one made by hand, all that it has. When there is nothing to send nothing is written, so that no version is
    /// raised and no device notified: the twin is read instead.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - twinPatch: The twin with its changes; see `Twin.changes`.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write.
    /// - Throws: ``ServiceClientError``, with the code `PreconditionFailed` for another entity tag.
    @discardableResult
    public func updateTwin(_ deviceID: String, twinPatch: Twin, etag: ETag? = nil) async throws -> Twin {
        let changes = twinPatch.changes
        guard changes.tags != nil || changes.desired != nil else { return try await getTwin(deviceID) }
        return try await write(deviceID, .PATCH, etag) { check in
            try check.twin(changes)
            return changes
        }
    }

    /// Merges a patch given as JSON text into a twin's tags and desired properties; null removes a member.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - jsonTwinPatch: `{"tags": {…}, "properties": {"desired": {…}}}`, either part may be left out.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write.
    /// - Throws: ``ServiceClientError``, with line and column for a text that is not JSON, and with the code
    ///   `PreconditionFailed` for another entity tag.
    @discardableResult
    public func updateTwin(_ deviceID: String, jsonTwinPatch: String, etag: ETag? = nil) async throws -> Twin {
        try await write(deviceID, .PATCH, etag) { try $0.twin(text: jsonTwinPatch) }
    }

    /// Merges a patch into a twin's tags and desired properties; null removes a member.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - patch: `{"tags": {…}, "properties": {"desired": {…}}}`, either part may be left out.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write; its desired `$version` is this write's own.
    /// - Throws: ``ServiceClientError``, with the code `PreconditionFailed` for another entity tag.
    @discardableResult
    public func updateTwin(_ deviceID: String, patch: JSON, etag: ETag? = nil) async throws -> Twin {
        try await write(deviceID, .PATCH, etag) { try $0.twin(json: patch) }
    }

    /// Puts a twin's tags and desired properties in place of those that are there.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - newTwin: The twin; a section without members becomes empty.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write.
    /// - Throws: ``ServiceClientError``, with the code `PreconditionFailed` for another entity tag.
    @discardableResult
    public func replaceTwin(_ deviceID: String, newTwin: Twin, etag: ETag? = nil) async throws -> Twin {
        try await write(deviceID, .PUT, etag) { check in
            let write = TwinWrite(tags: newTwin.tags.values, desired: newTwin.properties.desired.values)
            try check.twin(write)
            return write
        }
    }

    /// Puts tags and desired properties given as JSON text in place of those that are there.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - newTwinJSON: `{"tags": {…}, "properties": {"desired": {…}}}`; a part that is left out becomes empty.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write.
    /// - Throws: ``ServiceClientError``, with line and column for a text that is not JSON, and with the code
    ///   `PreconditionFailed` for another entity tag.
    @discardableResult
    public func replaceTwin(_ deviceID: String, newTwinJSON: String, etag: ETag? = nil) async throws -> Twin {
        try await write(deviceID, .PUT, etag) { try $0.twin(text: newTwinJSON) }
    }

    /// Merges patches into up to 100 twins with one request.
    ///
    /// The answer carries no versions, and some updates may succeed while others fail: see the result.
    ///
    /// - Parameter updates: At most 100, each device at most once.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused, or an update breaks a limit.
    @discardableResult
    public func updateTwins2(_ updates: [TwinUpdate]) async throws -> BulkRegistryOperationResult {
        try await bulk(updates.map(BulkItem.init))
    }

    /// Writes what was changed in up to 100 twins with one request; twins without changes are left out.
    ///
    /// - Parameters:
    ///   - twins: Twins with their ids, each written only while the hub's has the same entity tag.
    ///   - forceUpdate: Writes them whatever their entity tags.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused, and before sending for a twin without
    ///   entity tag unless forced.
    @discardableResult
    public func updateTwins2(_ twins: [Twin], forceUpdate: Bool = false) async throws -> BulkRegistryOperationResult {
        let updates = try twins.map { twin in
            guard forceUpdate || twin.etag != nil else {
                throw WriteCheck(operation: "POST /devices").refuse(Self.lacksETag(twin.deviceID))
            }
            return TwinUpdate(twin, etag: forceUpdate ? nil : twin.etag)
        }
        return try await updateTwins2(updates.filter { $0.tags != nil || $0.desired != nil })
    }

    private func write(
        _ deviceID: String,
        _ method: HTTPMethod,
        _ etag: ETag?,
        _ make: (WriteCheck) throws -> TwinWrite
    ) async throws -> Twin {
        var request = HubRequest(method: method, path: try path("twins", deviceID), isRepeatable: false)
        request.body = try make(WriteCheck(operation: request.name)).json.serialized()
        request.ifMatch = etag?.rawValue ?? "*"
        return try await connection.value(of: request) { try Twin(json: $0) }
    }
}
