public import IoTHub
import NIOHTTP1

extension RegistryManager {
    /// Reads a device's twin.
    ///
    /// - Parameter deviceID: The device id.
    /// - Returns: The whole twin, metadata included.
    /// - Throws: ``ServiceClientError``, with the code `DeviceNotFound` for an unknown id.
    public func getTwin(_ deviceID: String) async throws -> Twin {
        let request = HubRequest.get(try path("twins", deviceID))
        return try await decode(connection.send(request), of: request) { try Twin(json: $0) }
    }

    /// Merges a patch into a twin's tags and desired properties; null removes a member.
    ///
    /// It is not tried again when its fate is unknown, since a second time would raise `$version` twice.
    ///
    /// - Parameters:
    ///   - deviceID: The device id.
    ///   - patch: `{"tags": {…}, "properties": {"desired": {…}}}`, either part may be left out.
    ///   - etag: The twin's entity tag: it is written only while the twin has this one. `nil`: whichever it has.
    /// - Returns: The whole twin after the write; its desired `$version` is this write's own.
    /// - Throws: ``ServiceClientError``, with the code `PreconditionFailed` for another entity tag.
    @discardableResult
    public func updateTwin(_ deviceID: String, patch: JSON, etag: ETag? = nil) async throws -> Twin {
        var request = HubRequest(method: .PATCH, path: try path("twins", deviceID), isRepeatable: false)
        request.body = patch.serialized()
        request.ifMatch = etag?.rawValue ?? "*"
        return try await decode(connection.send(request), of: request) { try Twin(json: $0) }
    }

    /// Merges patches into up to 100 twins with one request.
    ///
    /// The answer carries no versions, and some updates may succeed while others fail: see the result.
    ///
    /// - Parameter updates: At most 100, each device at most once.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    public func updateTwins2(_ updates: [TwinUpdate]) async throws -> BulkRegistryOperationResult {
        try await bulk(updates.map(BulkItem.init))
    }
}
