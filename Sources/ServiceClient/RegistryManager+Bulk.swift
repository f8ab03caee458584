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
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    public func bulk(_ items: [BulkItem]) async throws -> BulkRegistryOperationResult {
        guard !items.isEmpty else { return BulkRegistryOperationResult(isSuccessful: true) }
        guard items.count <= Self.largestBulk else {
            throw ServiceClientError(
                reason: .invalidArgument,
                operation: "POST /devices",
                message: "\(items.count) items in one bulk request; the hub takes at most \(Self.largestBulk)"
            )
        }
        for item in items {
            if let problem = DeviceID.problem(with: item.deviceID) {
                throw ServiceClientError(reason: .invalidArgument, operation: "POST /devices", message: problem)
            }
        }
        var request = HubRequest(
            method: .POST,
            path: "/devices",
            isRepeatable: items.allSatisfy { $0.mode == .createOrUpdate && !$0.writesTwin }
        )
        request.body = JSON.array(items.map(\.json)).serialized()
        // A bulk request with any failed item is answered with 400 and the result as the body.
        request.alsoAccepted = [400]
        let response = try await connection.send(request)
        if response.status == .badRequest, (try? JSON(response.body))?["isSuccessful"] == nil {
            throw connection.error(from: response, operation: request.name)
        }
        return try decode(response, of: request) { try BulkRegistryOperationResult(json: $0) }
    }

    /// Registers up to 100 devices that do not exist yet; the hub makes the keys that are missing.
    ///
    /// - Parameter devices: At most 100.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    public func addDevices2(_ devices: [Device]) async throws -> BulkRegistryOperationResult {
        try await bulk(devices.map { BulkItem(deviceID: $0.id, mode: .create, device: $0) })
    }

    /// Removes up to 100 devices and their twins, whatever their entity tags.
    ///
    /// - Parameter ids: At most 100.
    /// - Returns: What failed, if anything.
    /// - Throws: ``ServiceClientError`` when the request as a whole was refused.
    public func removeDevices2(_ ids: [String]) async throws -> BulkRegistryOperationResult {
        try await bulk(ids.map { BulkItem(deviceID: $0, mode: .delete) })
    }
}
